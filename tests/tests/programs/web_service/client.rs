//! A minimal client for HTTP/1.1: one connection, and one request after the other.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

pub(crate) struct Client(BufReader<TcpStream>);

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.content_type, "application/json", "{self:?}");
        serde_json::from_str(&self.body).unwrap()
    }
}

impl Client {
    pub(crate) fn connect(address: &str) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, "", "");
        self.receive()
    }

    /// Like [`get`](Self::get), from a service that may be killed.
    pub(crate) fn try_get(&mut self, path: &str) -> io::Result<Answer> {
        self.try_send("GET", path, "", "")?;
        self.try_receive()
    }

    /// Sends a request with a JSON body, and receives the answer.
    pub(crate) fn write(&mut self, method: &str, path: &str, body: &str) -> Answer {
        self.send(method, path, "content-type: application/json\r\n", body);
        self.receive()
    }

    /// Sends a request, and does not wait for the answer.
    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &str, body: &str) {
        self.try_send(method, path, headers, body).unwrap();
    }

    fn try_send(&mut self, method: &str, path: &str, headers: &str, body: &str) -> io::Result<()> {
        let length = body.len();
        let request =
            format!("{method} {path} HTTP/1.1\r\nhost: test\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
        self.0.get_mut().write_all(request.as_bytes())
    }

    pub(crate) fn receive(&mut self) -> Answer {
        self.try_receive().unwrap()
    }

    fn try_receive(&mut self) -> io::Result<Answer> {
        let status = self
            .line()?
            .split(' ')
            .nth(1)
            .ok_or(ErrorKind::UnexpectedEof)?
            .to_owned();
        let (mut length, mut content_type) = (0, String::new());
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(": ") else {
                assert_eq!(line, "");
                break;
            };
            match &*name.to_lowercase() {
                "content-length" => length = value.parse().unwrap(),
                "content-type" => content_type = value.to_owned(),
                "transfer-encoding" => panic!("not spoken here: {line}"),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok(Answer {
            status: status.parse().unwrap(),
            content_type,
            body: String::from_utf8(body).unwrap(),
        })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}
