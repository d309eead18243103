import requests

url = 'http://127.0.0.1:5000/uploads/example.txt'
response = requests.get(url)

with open('downloaded_example.txt', 'wb') as f:
    f.write(response.content)
