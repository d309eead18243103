import socket

# 创建 TCP/IP 套接字
client_socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)

# 连接到服务器
client_socket.connect(('localhost', 12345))

# 发送数据
client_socket.sendall(b'Hello, Server')

# 接收数据
data = client_socket.recv(1024)
print('Received', data.decode())

# 关闭连接
client_socket.close()
