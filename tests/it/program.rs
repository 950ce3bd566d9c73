//! The program as a process of its own, as an operator runs it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use eia_screen::rpc::v1;
use tonic::transport::Channel;
use v1::screening_service_client::ScreeningServiceClient;

/// A server in a process of its own; killed when it is dropped.
pub struct Server {
    pub child: Child,
    pub url: String,
    /// What it has said on standard error so far.
    pub said: Arc<Mutex<String>>,
}

/// The program with words only and its archive in `data`.
pub fn command(data: &Path) -> Command {
    command_of(Path::new(env!("CARGO_BIN_EXE_eia-screen")), data)
}

/// A copy of the program with words only and its archive in `data`.
pub fn command_of(program: &Path, data: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_remove("EIA_SCREEN_CONFIG").args(["--model", "none", "--data-dir"]).arg(data);
    command
}

impl Server {
    /// Starts a server; it may not be ready yet.
    pub fn spawn(data: &Path) -> Self {
        Self::spawn_with(data, |_| {})
    }

    /// Starts a server with more environment or arguments.
    pub fn spawn_with(data: &Path, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = command(data);
        command.args(["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).stdout(Stdio::null());
        change(&mut command);
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.split("listening on ").nth(1).map(|rest| rest.split_whitespace().next().unwrap().to_owned())
        });
        let address = address.expect("the server says where it listens");
        // Whoever does not read on stops the program once the pipe is full.
        let said = Arc::new(Mutex::new(String::new()));
        let heard = Arc::clone(&said);
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| *heard.lock().unwrap() += &(line + "\n"));
        });
        Self { child, url: format!("http://{address}"), said }
    }

    /// Waits until calls are served and returns a connection.
    pub async fn ready(&self) -> Channel {
        let channel = Channel::from_shared(self.url.clone()).unwrap().connect().await.unwrap();
        let begun = Instant::now();
        loop {
            let mut client = ScreeningServiceClient::new(channel.clone());
            match client.list_screenings(v1::ListScreeningsRequest::default()).await {
                Ok(_) => return channel,
                Err(status) => assert!(begun.elapsed() < Duration::from_secs(120), "{status:?}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// `kill -9`.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
