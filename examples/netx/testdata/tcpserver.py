import socket

# 创建 TCP/IP 套接字
server_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)

# 绑定到地址和端口
server_socket.bind(('localhost', 12345))

# 监听连接
server_socket.listen(1)

print('Waiting for a connection...')
connection, client_address = server_socket.accept()

try:
    print('Connection from', client_address)
    while True:
        data = connection.recv(1024)
        if data:
            print('Received', data.decode())
            connection.sendall(b'Hello, Client')
        else:
            break
finally:
    connection.close()
