//! What a service manager is told: that the gateway serves, that it lives, that it ends.
//!
//! Nothing happens where there is none (`NOTIFY_SOCKET` is not set).
//! <https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html>

use std::time::Duration;

use callsign_gateway::Gateway;
use sd_notify::NotifyState;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::Level;

use crate::logs;

/// The gateway serves.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// The gateway ends.
pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Another process takes this one's place.
pub(crate) fn succeeded_by(process: u32) {
    tell(&[NotifyState::MainPid(process)]);
}

/// Tells again and again that the gateway lives, twice as often as the manager wants to hear it, for as long as its workers
/// answer.
pub(crate) async fn watch(gateway: &Gateway) {
    let Some(patience) = sd_notify::watchdog_enabled().filter(|patience| *patience > Duration::ZERO) else {
        return std::future::pending().await;
    };
    let mut ticks = interval(patience / 2);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        if timeout(patience / 4, gateway.answers()).await.is_ok() {
            tell(&[NotifyState::Watchdog]);
        } else {
            logs::say(Level::ERROR, "a worker does not answer");
        }
    }
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        logs::say(Level::WARN, &format!("the service manager cannot be told: {error}"));
    }
}
