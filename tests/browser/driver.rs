//! A browser under the control of a test: the WebDriver protocol, which is JSON over HTTP, to a driver of its own.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The name of a reference to an element in the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const FLAGS: [&str; 8] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// Chromium, its driver, and a folder for pages.
pub(crate) struct Browser {
    agent: ureq::Agent,
    session: String,
    folder: tempfile::TempDir,
    // In this order they are dropped: first the driver ends, then its profile goes.
    _driver: Driver,
    _profile: tempfile::TempDir,
}

/// The driver; it ends with the test, however that ends.
struct Driver(Child);

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the driver at a free port; its port.
fn start() -> (Driver, u16) {
    let mut child = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).spawn().expect("chromedriver");
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let driver = Driver(child);
    for line in lines.map_while(Result::ok) {
        let told = line.split("successfully on port ").nth(1);
        if let Some(port) = told.and_then(|rest| rest.trim_end_matches('.').parse().ok()) {
            return (driver, port);
        }
    }
    panic!("chromedriver told no port");
}

/// Chromium outlives a driver that is killed: it is asked to end first.
impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.agent.delete(&self.session).call();
    }
}

impl Browser {
    /// Starts a browser of its own.
    pub(crate) fn start() -> Self {
        let (driver, port) = start();
        let profile = tempfile::tempdir().unwrap();
        let data = format!("--user-data-dir={}", profile.path().display());
        let arguments: Vec<&str> = FLAGS.into_iter().chain([data.as_str()]).collect();
        let agent = ureq::Agent::new_with_config(
            ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(Duration::from_secs(60)))
                .proxy(None)
                .build(),
        );
        let root = format!("http://127.0.0.1:{port}/session");
        let mut browser =
            Self { agent, session: root, folder: tempfile::tempdir().unwrap(), _driver: driver, _profile: profile };
        let options = json!({"alwaysMatch": {"goog:chromeOptions": {"args": arguments}}});
        let made = browser.post("", json!({"capabilities": options}));
        browser.session = format!("{}/{}", browser.session, made["sessionId"].as_str().unwrap());
        browser.width(1280);
        browser
    }

    /// The answer of a command.
    fn post(&self, command: &str, body: Value) -> Value {
        let mut answer = self.agent.post(format!("{}{command}", self.session)).send_json(&body).unwrap();
        let mut said: Value = answer.body_mut().with_config().limit(64 << 20).read_json().unwrap();
        assert!(answer.status().is_success(), "{command} {body}: {said:#}");
        said["value"].take()
    }

    /// A command of Chromium's own protocol, for what WebDriver has no word.
    fn chromium(&self, command: &str, parameters: Value) {
        self.post("/goog/cdp/execute", json!({"cmd": command, "params": parameters}));
    }

    /// The page as it is on a medium (`print`, or as usual when empty), for what its reader wants.
    pub(crate) fn media(&self, medium: &str, wants: &[(&str, &str)]) {
        let wants: Vec<Value> = wants.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.chromium("Emulation.setEmulatedMedia", json!({"media": medium, "features": wants}));
    }

    /// Gives the page a width; windows cannot be as narrow as a phone.
    pub(crate) fn width(&self, width: u32) {
        let metrics = json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500});
        self.chromium("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// Opens the page of a model in a file of the project.
    pub(crate) fn open_model(&self, file: &str) {
        self.open(&[Path::new(env!("CARGO_MANIFEST_DIR")).join(file).to_str().unwrap()]);
    }

    /// Opens the page of a command line: the model as a file or as text, and flags.
    pub(crate) fn open(&self, arguments: &[&str]) {
        let page = self.folder.path().join("page.html");
        let made = Command::new(env!("CARGO_BIN_EXE_mlnote"))
            .arg("show")
            .args(arguments)
            .args(["--quiet", "--format", "html", "--output"])
            .arg(&page)
            .status()
            .unwrap();
        assert!(made.success());
        self.open_at("");
    }

    /// Opens the last page at a place.
    pub(crate) fn open_at(&self, place: &str) {
        // Another address first: the same one with another place would not load anew.
        self.post("/url", json!({"url": "about:blank"}));
        let page = self.folder.path().join("page.html");
        self.post("/url", json!({"url": format!("file://{}{place}", page.display())}));
    }

    /// What a script gives back.
    pub(crate) fn execute(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.post("/execute/sync", json!({"script": script, "args": arguments}))
    }

    /// Waits until a script says yes; fails after five seconds.
    pub(crate) fn until(&self, script: &str) {
        for _ in 0..50 {
            if self.execute(script, vec![]) == json!(true) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("never so: {script}");
    }

    /// The address.
    pub(crate) fn url(&self) -> String {
        self.execute("return location.href", vec![]).as_str().unwrap().to_owned()
    }

    /// How many elements there are.
    pub(crate) fn count(&self, selector: &str) -> u64 {
        let script = "return document.querySelectorAll(arguments[0]).length";
        self.execute(script, vec![json!(selector)]).as_u64().unwrap()
    }

    /// How many of the elements are displayed.
    pub(crate) fn visible(&self, selector: &str) -> u64 {
        let script =
            "return Array.from(document.querySelectorAll(arguments[0])).filter((e) => e.checkVisibility()).length";
        self.execute(script, vec![json!(selector)]).as_u64().unwrap()
    }

    /// The text of an element.
    pub(crate) fn text(&self, selector: &str) -> String {
        let script = "return document.querySelector(arguments[0]).textContent";
        self.execute(script, vec![json!(selector)]).as_str().unwrap().to_owned()
    }

    /// A property of an element as it is shown.
    pub(crate) fn style(&self, selector: &str, property: &str) -> String {
        let script = "return getComputedStyle(document.querySelector(arguments[0])).getPropertyValue(arguments[1])";
        self.execute(script, vec![json!(selector), json!(property)]).as_str().unwrap().to_owned()
    }

    /// The reference to an element, which is in the window then.
    fn element(&self, selector: &str) -> Value {
        let show = "document.querySelector(arguments[0]).scrollIntoView({ block: 'center', behavior: 'instant' })";
        self.execute(show, vec![json!(selector)]);
        self.post("/element", json!({"using": "css selector", "value": selector}))
    }

    fn act(&self, source: Value) {
        self.post("/actions", json!({"actions": [source]}));
    }

    fn over(element: &Value) -> Value {
        json!({"type": "pointerMove", "origin": element, "x": 0, "y": 0, "duration": 0})
    }

    /// Moves the mouse over an element.
    pub(crate) fn point(&self, selector: &str) {
        let element = self.element(selector);
        let mouse = json!({"pointerType": "mouse"});
        self.act(json!({"type": "pointer", "id": "mouse", "parameters": mouse, "actions": [Self::over(&element)]}));
    }

    /// Taps an element with a finger.
    pub(crate) fn tap(&self, selector: &str) {
        let element = self.element(selector);
        let press = |what| json!({"type": what, "button": 0});
        let actions = [Self::over(&element), press("pointerDown"), press("pointerUp")];
        let finger = json!({"pointerType": "touch"});
        self.act(json!({"type": "pointer", "id": "finger", "parameters": finger, "actions": actions}));
    }

    /// Clicks an element.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{}/click", element[ELEMENT].as_str().unwrap()), json!({}));
    }

    /// Presses keys where the focus is.
    pub(crate) fn keys(&self, keys: &str) {
        let press = |key: char| ["keyDown", "keyUp"].map(|what| json!({"type": what, "value": key.to_string()}));
        let actions: Vec<Value> = keys.chars().flat_map(press).collect();
        self.act(json!({"type": "key", "id": "keys", "actions": actions}));
    }

    /// Presses keys in an element.
    pub(crate) fn press(&self, selector: &str, keys: &str) {
        let element = self.element(selector);
        let at = format!("/element/{}/value", element[ELEMENT].as_str().unwrap());
        self.post(&at, json!({"text": keys}));
    }
}
