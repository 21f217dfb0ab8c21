//! What stands beside a row's content, in memory alone.

use std::ops::{Deref, DerefMut};

/// What follows from the rest of a row: no part of it. A copy of the row begins without it.
#[derive(Debug, Default)]
pub(crate) struct Aside<T>(T);

impl<T> Deref for Aside<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Aside<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T: Default> Clone for Aside<T> {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl<T> PartialEq for Aside<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for Aside<T> {}
