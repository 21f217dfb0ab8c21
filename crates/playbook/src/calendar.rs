//! Calendar windows in the playbook's zone: "once a day" means a day in Tokyo.

use crate::model::{Model, Window};
use touchpoint::Timestamp;

impl Model {
    /// Which day, month or quarter it is, as a number that grows by one with each: days since 1970-01-01, months and
    /// quarters since year 0. Two moments share a window exactly when their keys are equal. [`Window::Ever`] is 0.
    pub fn window_key(&self, window: Window, at: Timestamp) -> i32 {
        if window == Window::Ever {
            return 0;
        }
        let moment = at.to_jiff();
        let date = self.zone.to_offset(moment).to_datetime(moment).date();
        match window {
            Window::Day => touchpoint::Date::from_civil(date).as_days(),
            Window::Month => i32::from(date.year()) * 12 + i32::from(date.month()) - 1,
            Window::Quarter => i32::from(date.year()) * 4 + (i32::from(date.month()) - 1) / 3,
            Window::Ever => 0,
        }
    }
}
