//! On which channel somebody may be addressed.

use crate::aggregate::Facts;
use touchpoint::ConsentState;

impl Facts {
    /// May something be given to the contact on this channel, or by these people of ours?
    ///
    /// A web site gives it to those who come. Mail needs what [`Facts::reachable`] asks for. A call, of inside sales too,
    /// needs somebody whom we know and who did not refuse calls. Sales and success hand it over in a talk of their own,
    /// which a refusal of marketing does not end. Everything else is done unless marketing is refused, there or at all.
    pub fn reachable_by(&self, channel: &str) -> bool {
        match channel {
            "web" => true,
            "email" => self.reachable(),
            "sales" | "success" => self.known,
            "inside_sales" | "call" => self.known && !self.refused("call"),
            other => !self.refused(other),
        }
    }

    /// Marketing is refused on this channel, or on all.
    fn refused(&self, channel: &str) -> bool {
        self.consented("marketing", Some(channel)) == Some(ConsentState::Denied)
    }
}
