# Sends messages back that have their length before them, in four bytes.
import asyncio
import os
import sys
import threading


async def serve(reader, writer):
    try:
        while True:
            head = await reader.readexactly(4)
            writer.write(head + await reader.readexactly(int.from_bytes(head, "big")))
            await writer.drain()
    except asyncio.IncompleteReadError:
        writer.close()


def end():
    sys.stdin.read()
    os._exit(0)


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print("%s:%d" % server.sockets[0].getsockname(), flush=True)
    async with server:
        await server.serve_forever()


threading.Thread(target=end, daemon=True).start()
asyncio.run(main())
