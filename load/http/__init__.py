"""HTTP/1.1 on gevent's sockets."""
