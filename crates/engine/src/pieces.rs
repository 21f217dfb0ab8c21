//! A change that is too large for one event is told as several: the score goes from one to the next, and each lists what
//! moved it.

use crate::aggregate::{Aggregate, Given};
use crate::fold::Trace;
use crate::scoring::enter;
use crate::version::Versions;

/// Contributions that one event lists at the most. One takes up to about 1.2 kB (the ids of its input have 512 bytes at
/// the most each), and a record has room for 1 MB.
pub(crate) const CONTRIBUTIONS_MAX: usize = 256;

/// Cuts what was given and taken into pieces of at most `most` contributions, in the order of the inputs. What one input
/// gave and had given before stays together, so that it is told as replaced.
pub(crate) fn cut(trace: &Trace, most: usize) -> Vec<Trace> {
    let given = trace.given.iter().map(|given| (given, true));
    let mut all: Vec<(&Given, bool)> = given.chain(trace.taken.iter().map(|taken| (taken, false))).collect();
    all.sort();
    let mut pieces = vec![Trace::default()];
    let mut count = 0;
    for of_input in all.chunk_by(|a, b| a.0.occurred_at == b.0.occurred_at && a.0.input == b.0.input) {
        if count > 0 && count + of_input.len() > most {
            pieces.push(Trace::default());
            count = 0;
        }
        count += of_input.len();
        if let Some(piece) = pieces.last_mut() {
            for (given, is_given) in of_input {
                if *is_given { &mut piece.given } else { &mut piece.taken }.push((*given).clone());
            }
        }
    }
    pieces
}

/// The fold after each piece: the last is `after` itself, the one before lacks what the last piece changed.
pub(crate) fn folds_after(versions: &Versions, after: &Aggregate, pieces: &[Trace]) -> Vec<Aggregate> {
    let mut folds = vec![after.clone()];
    for piece in pieces.iter().skip(1).rev() {
        let mut fold = folds[folds.len() - 1].clone();
        piece.given.iter().for_each(|given| enter(&mut fold, versions, given, -1));
        piece.taken.iter().for_each(|taken| enter(&mut fold, versions, taken, 1));
        folds.push(fold);
    }
    folds.reverse();
    folds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::NameKey;
    use touchpoint::{InputId, Text, Timestamp};

    fn given(id: &str, at: i64, rule: &'static str) -> Given {
        Given {
            input: InputId { source: Text::const_new("web"), id: Text::new(id) },
            rule: NameKey::of(rule),
            version: 0,
            occurred_at: Timestamp::from_millis(at),
            points: 1_000,
            cut: 0,
            solution: None,
        }
    }

    #[test]
    fn what_one_input_gave_and_had_given_stays_together() {
        let trace = Trace {
            given: vec![given("a", 1, "S01"), given("b", 2, "S01"), given("b", 2, "S02")],
            taken: vec![given("b", 2, "S03"), given("c", 3, "S01")],
        };
        let pieces = cut(&trace, 3);
        let ids = |of: &[Given]| of.iter().map(|given| given.input.id.to_string()).collect::<Vec<_>>().join("");
        let told: Vec<_> = pieces.iter().map(|piece| (ids(&piece.given), ids(&piece.taken))).collect();
        assert_eq!(told, [("a".into(), String::new()), ("bb".into(), "b".into()), (String::new(), "c".into())]);
    }

    #[test]
    fn nothing_at_all_is_one_piece() {
        assert_eq!(cut(&Trace::default(), 3).len(), 1);
    }
}
