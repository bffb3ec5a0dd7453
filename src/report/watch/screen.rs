//! The terminal that a view is shown on, and its keys. However the process ends, the terminal is as it was.

use super::{Key, View, draw};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use std::io::{self, IsTerminal, Stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

/// True while a view is shown.
static SHOWN: AtomicBool = AtomicBool::new(false);

/// True where a view can be shown: standard output is a terminal that can be drawn on, and somebody can press keys.
#[must_use]
pub fn is_wanted() -> bool {
    let dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
    io::stdout().is_terminal() && io::stdin().is_terminal() && !dumb
}

/// True when colour is wanted on standard output.
#[must_use]
pub fn colour() -> bool {
    anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
}

/// A terminal that shows a view until this is dropped.
pub struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
    over: Arc<AtomicBool>,
}

impl Screen {
    /// Takes the terminal over. Each key goes to `press`, from a thread of its own.
    ///
    /// # Errors
    /// The terminal cannot be drawn on.
    pub fn open(press: impl Fn(Key) + Send + 'static) -> io::Result<Self> {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                restore();
                before(panic);
            }));
        });
        SHOWN.store(true, Ordering::SeqCst);
        let open = || {
            enable_raw_mode()?;
            execute!(io::stdout(), EnterAlternateScreen)?;
            Terminal::new(CrosstermBackend::new(io::stdout()))
        };
        let terminal = open().inspect_err(|_| restore())?;
        let over = Arc::new(AtomicBool::new(false));
        let is_over = over.clone();
        std::thread::spawn(move || {
            while !is_over.load(Ordering::SeqCst) {
                match event::poll(Duration::from_millis(100)) {
                    Ok(false) => {}
                    Ok(true) => {
                        if let Some(key) = event::read().ok().and_then(|event| key(&event)) {
                            press(key);
                        }
                    }
                    // The terminal has gone.
                    Err(_) => return press(Key::Interrupt),
                }
            }
        });
        Ok(Screen { terminal, over })
    }

    /// Draws a view.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn draw(&mut self, view: &View) -> io::Result<()> {
        self.terminal.draw(|frame| draw(view, frame.area(), frame.buffer_mut())).map(drop)
    }

    /// Draws it all anew, over whatever else has been written there.
    ///
    /// # Errors
    /// The terminal has gone.
    pub fn redraw(&mut self, view: &View) -> io::Result<()> {
        self.terminal.clear()?;
        self.draw(view)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.over.store(true, Ordering::SeqCst);
        restore();
    }
}

/// Gives the terminal back, if a view has it. It is called at every end of a process, also by whoever ends it at once.
pub fn restore() {
    if SHOWN.swap(false, Ordering::SeqCst) {
        let _ = execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _ = disable_raw_mode();
    }
}

fn key(event: &Event) -> Option<Key> {
    match event {
        Event::Resize(..) => Some(Key::Redraw),
        Event::Key(key) if key.kind != KeyEventKind::Release => {
            let control = key.modifiers.contains(KeyModifiers::CONTROL);
            match key.code {
                KeyCode::Char('c' | 'd') if control => Some(Key::Interrupt),
                KeyCode::Char('l') if control => Some(Key::Redraw),
                KeyCode::Char(_) if control => None,
                KeyCode::Char(letter) => Some(Key::Letter(letter)),
                KeyCode::Esc => Some(Key::Escape),
                _ => None,
            }
        }
        _ => None,
    }
}
