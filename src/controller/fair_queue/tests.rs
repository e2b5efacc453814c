use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

fn key(namespace: &str, number: usize) -> QueueKey {
    (namespace.into(), number.to_string().into())
}

/// Requeue the number of permits that `count` Connections of a namespace acquire.
fn acquire(queue: &mut FairQueue, namespace: &str, count: usize) -> usize {
    (0..count).filter(|number| queue.try_acquire(key(namespace, *number))).count()
}

#[test]
fn a_namespace_leaves_a_quarter_and_the_last_permit_to_others() {
    for (count, alone) in [(1, 1), (2, 1), (3, 2), (4, 3), (8, 6), (64, 48), (1000, 750)] {
        let mut queue = FairQueue::new(count, true);
        assert_eq!(acquire(&mut queue, "a", 2000), alone, "of {count}");
        assert_eq!(queue.try_acquire(key("b", 0)), count > 1, "of {count}");
    }
}

#[test]
fn a_single_namespace_gets_all_permits() {
    assert_eq!(acquire(&mut FairQueue::new(64, false), "a", 100), 64);
}

#[test]
fn busy_namespaces_get_equal_shares_and_a_new_namespace_a_permit() {
    let mut queue = FairQueue::new(64, true);
    let slow = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let mut running: VecDeque<&str> = VecDeque::new();
    for namespace in slow {
        running.extend(vec![namespace; acquire(&mut queue, namespace, 200)]);
    }
    for _ in 0..500 {
        for key in queue.release(running.pop_front().unwrap()) {
            assert!(queue.try_acquire(key.clone()));
            running.extend(slow.into_iter().find(|namespace| **namespace == *key.0));
        }
    }
    let shares: Vec<_> = slow.map(|namespace| queue.taken[namespace]).into();
    assert!(shares.iter().all(|share| (6..=9).contains(share)), "{shares:?}");
    assert!(queue.try_acquire(key("quick", 0)));
}

#[test]
fn a_waiting_connection_is_granted_one_permit() {
    let mut queue = FairQueue::new(1, true);
    assert!(queue.try_acquire(key("a", 0)));
    assert!(!queue.try_acquire(key("a", 1)) && !queue.try_acquire(key("a", 1)));
    assert_eq!(queue.release("a"), [key("a", 1)]);
    assert!(!queue.try_acquire(key("a", 2)), "the permit is granted already");
    assert!(queue.try_acquire(key("a", 1)));
    assert_eq!(queue.release("a"), [key("a", 2)]);
}

#[test]
fn a_cancelled_permit_goes_to_the_next_connection() {
    let mut queue = FairQueue::new(1, true);
    assert!(queue.try_acquire(key("a", 0)));
    assert!(!queue.try_acquire(key("a", 1)) && !queue.try_acquire(key("b", 0)));
    assert_eq!(queue.cancel(&key("a", 1)), [], "it has none yet");
    assert_eq!(queue.release("a"), [key("a", 1)]);
    assert_eq!(queue.cancel(&key("a", 1)), [key("b", 0)]);
}

#[test]
fn namespaces_are_served_in_turn() {
    let mut queue = FairQueue::new(1, true);
    assert!(queue.try_acquire(key("a", 0)));
    for (namespace, number) in [("a", 1), ("a", 2), ("a", 3), ("b", 0), ("b", 1), ("c", 0)] {
        assert!(!queue.try_acquire(key(namespace, number)));
    }
    let mut order = Vec::new();
    let mut granted = queue.release("a");
    while let Some(key) = granted.pop() {
        assert!(queue.try_acquire(key.clone()));
        granted = queue.release(&key.0);
        order.push(format!("{}{}", key.0, key.1));
    }
    assert_eq!(order, ["a1", "b0", "c0", "a2", "b1", "a3"]);
}

/// A random event: a Connection tries to acquire, the oldest permit is released, or a Connection is
/// deleted.
fn event() -> impl Strategy<Value = (u8, usize, usize)> {
    (0_u8..4, 0_usize..4, 0_usize..6)
}

proptest! {
    #[test]
    fn permits_are_conserved_and_every_waiting_connection_is_served(
        count in 1_u16..12,
        shared: bool,
        events in vec(event(), 0..200),
    ) {
        let mut queue = FairQueue::new(count, shared);
        let mut granted: Vec<QueueKey> = Vec::new();
        let mut running: VecDeque<QueueKey> = VecDeque::new();
        for (what, namespace, number) in events {
            let key = key(["a", "b", "c", "d"][namespace], number);
            match what {
                0 => if let Some(ended) = running.pop_front() {
                    granted.extend(queue.release(&ended.0));
                },
                1 => {
                    granted.retain(|other| *other != key);
                    granted.extend(queue.cancel(&key));
                }
                // The runtime never reconciles a Connection twice at the same time.
                _ if running.contains(&key) => {}
                _ => {
                    let had_none = !queue.taken.contains_key(&key.0);
                    let (free, was_granted) = (queue.free, granted.contains(&key));
                    if queue.try_acquire(key.clone()) {
                        granted.retain(|other| *other != key);
                        running.push_back(key);
                    } else {
                        prop_assert!(!was_granted);
                        prop_assert!(!had_none || free == 0);
                    }
                }
            }
            let held = running.len() + granted.len();
            prop_assert_eq!(held + queue.free, usize::from(count));
            prop_assert_eq!(queue.taken.values().sum::<usize>(), held);
            prop_assert!(queue.ring.iter().all(|namespace| !queue.may_take(namespace)), "a permit is free");
        }
        let most = queue.waiting.len() + granted.len() + running.len();
        for _ in 0..most {
            for key in std::mem::take(&mut granted) {
                prop_assert!(queue.try_acquire(key.clone()));
                running.push_back(key);
            }
            if let Some(ended) = running.pop_front() {
                granted.extend(queue.release(&ended.0));
            }
        }
        prop_assert_eq!(queue.free, usize::from(count));
        prop_assert!(queue.waiting.is_empty() && queue.queues.is_empty() && queue.ring.is_empty());
    }
}
