import http.client

# 创建 HTTP 连接
connection = http.client.HTTPConnection('localhost', 8080)

# 发送 GET 请求
connection.request('GET', '/')

# 获取响应
response = connection.getresponse()
print('Status:', response.status)
print('Reason:', response.reason)
print('Response:', response.read().decode())

# 关闭连接
connection.close()
