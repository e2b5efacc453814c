use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn place(namespace: &str, number: usize) -> ConnectionKey {
    (namespace.into(), number.to_string().into())
}

/// How many of a namespace's Connections begin when as many as that ask.
fn begun(turns: &mut FairQueue, namespace: &str, asking: usize) -> usize {
    (0..asking).filter(|number| turns.try_acquire(place(namespace, *number))).count()
}

#[test]
fn a_namespace_leaves_a_quarter_to_others_and_the_last_one_to_whom_has_none() {
    for (count, alone) in [(1, 1), (2, 1), (3, 2), (4, 3), (8, 6), (64, 48), (1000, 750)] {
        let mut turns = FairQueue::new(count, true);
        assert_eq!(begun(&mut turns, "a", 2000), alone, "of {count}");
        assert_eq!(turns.try_acquire(place("b", 0)), count > 1, "of {count}");
    }
}

#[test]
fn a_namespace_that_is_the_only_one_there_may_be_gets_all() {
    assert_eq!(begun(&mut FairQueue::new(64, false), "a", 100), 64);
}

#[test]
fn namespaces_that_hold_on_to_their_turns_come_to_equal_shares_and_the_next_one_finds_one() {
    let mut turns = FairQueue::new(64, true);
    let slow = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut running: VecDeque<&str> = VecDeque::new();
    for namespace in slow {
        running.extend(vec![namespace; begun(&mut turns, namespace, 200)]);
    }
    for _ in 0..500 {
        for one in turns.end(running.pop_front().unwrap()) {
            assert!(turns.try_acquire(one.clone()));
            running.extend(slow.into_iter().find(|slow| **slow == *one.0));
        }
    }
    let shares: Vec<_> = slow.map(|one| turns.taken[one]).into();
    assert!(shares.iter().all(|one| (6..=9).contains(one)), "{shares:?}");
    assert!(turns.try_acquire(place("quick", 0)));
}

#[test]
fn who_waits_is_told_once_and_begins_when_it_asks_again() {
    let mut turns = FairQueue::new(1, true);
    assert!(turns.try_acquire(place("a", 0)));
    assert!(!turns.try_acquire(place("a", 1)) && !turns.try_acquire(place("a", 1)));
    assert_eq!(turns.end("a"), [place("a", 1)]);
    assert!(!turns.try_acquire(place("a", 2)), "the turn is given already");
    assert!(turns.try_acquire(place("a", 1)));
    assert_eq!(turns.end("a"), [place("a", 2)]);
}

#[test]
fn a_turn_that_is_not_wanted_goes_to_the_next() {
    let mut turns = FairQueue::new(1, true);
    assert!(turns.try_acquire(place("a", 0)));
    assert!(!turns.try_acquire(place("a", 1)) && !turns.try_acquire(place("b", 0)));
    assert_eq!(turns.cancel(&place("a", 1)), [], "it has none yet");
    assert_eq!(turns.end("a"), [place("a", 1)]);
    assert_eq!(turns.cancel(&place("a", 1)), [place("b", 0)]);
}

#[test]
fn namespaces_are_served_one_after_the_other() {
    let mut turns = FairQueue::new(1, true);
    assert!(turns.try_acquire(place("a", 0)));
    for one in [("a", 1), ("a", 2), ("a", 3), ("b", 0), ("b", 1), ("c", 0)] {
        assert!(!turns.try_acquire(place(one.0, one.1)));
    }
    let mut order = Vec::new();
    let mut given = turns.end("a");
    while let Some(one) = given.pop() {
        assert!(turns.try_acquire(one.clone()));
        given = turns.end(&one.0);
        order.push(format!("{}{}", one.0, one.1));
    }
    assert_eq!(order, ["a1", "b0", "c0", "a2", "b1", "a3"]);
}

/// What happens at random: a Connection asks, the oldest turn ends, or a Connection goes.
fn happening() -> impl Strategy<Value = (u8, usize, usize)> {
    (0_u8..4, 0_usize..4, 0_usize..6)
}

proptest! {
    #[test]
    fn no_turn_is_lost_or_made_and_all_who_wait_are_served(
        count in 1_u16..12,
        shared: bool,
        happenings in vec(happening(), 0..200),
    ) {
        let mut turns = FairQueue::new(count, shared);
        let mut given: Vec<ConnectionKey> = Vec::new();
        let mut running: VecDeque<ConnectionKey> = VecDeque::new();
        for (what, namespace, number) in happenings {
            let one = place(["a", "b", "c", "d"][namespace], number);
            match what {
                0 => if let Some(ended) = running.pop_front() {
                    given.extend(turns.end(&ended.0));
                },
                1 => {
                    given.retain(|other| *other != one);
                    given.extend(turns.cancel(&one));
                }
                // The runtime never works on the same one twice at the same time.
                _ if running.contains(&one) => {}
                _ => {
                    let had_none = !turns.taken.contains_key(&one.0);
                    let (free, was_given) = (turns.free, given.contains(&one));
                    if turns.try_acquire(one.clone()) {
                        given.retain(|other| *other != one);
                        running.push_back(one);
                    } else {
                        prop_assert!(!was_given);
                        prop_assert!(!had_none || free == 0);
                    }
                }
            }
            let held = running.len() + given.len();
            prop_assert_eq!(held + turns.free, usize::from(count));
            prop_assert_eq!(turns.taken.values().sum::<usize>(), held);
            prop_assert!(turns.ring.iter().all(|one| !turns.may_take(one)), "nobody waits in vain");
        }
        let most = turns.waiting.len() + given.len() + running.len();
        for _ in 0..most {
            for one in std::mem::take(&mut given) {
                prop_assert!(turns.try_acquire(one.clone()));
                running.push_back(one);
            }
            if let Some(ended) = running.pop_front() {
                given.extend(turns.end(&ended.0));
            }
        }
        prop_assert_eq!(turns.free, usize::from(count));
        prop_assert!(turns.waiting.is_empty() && turns.lines.is_empty() && turns.ring.is_empty());
    }
}
