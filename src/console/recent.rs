//! A small cache: the last few values by key, the least recently used one leaves first.

use std::sync::Mutex;

/// The last few values.
#[derive(Debug)]
pub struct Recent<K, V> {
    room: usize,
    /// Most recently used last.
    entries: Mutex<Vec<(K, V)>>,
}

impl<K: PartialEq, V: Clone> Recent<K, V> {
    /// Makes an empty cache for `room` values.
    pub fn new(room: usize) -> Self {
        Self { room, entries: Mutex::new(Vec::with_capacity(room)) }
    }

    /// Returns a value and remembers that it was used.
    pub fn get(&self, key: &K) -> Option<V> {
        let mut entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let at = entries.iter().position(|(known, _)| known == key)?;
        let entry = entries.remove(at);
        let value = entry.1.clone();
        entries.push(entry);
        Some(value)
    }

    /// Keeps a value.
    pub fn put(&self, key: K, value: V) {
        let mut entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        entries.retain(|(known, _)| *known != key);
        while entries.len() >= self.room.max(1) {
            entries.remove(0);
        }
        entries.push((key, value));
    }

    /// Forgets values by their keys.
    pub fn forget(&self, is_meant: impl Fn(&K) -> bool) {
        let mut entries = self.entries.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        entries.retain(|(known, _)| !is_meant(known));
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn the_least_recently_used_value_leaves_first() {
        let cache = Recent::new(2);
        cache.put(1, "a");
        cache.put(2, "b");
        assert_eq!(cache.get(&1), Some("a"));
        cache.put(3, "c");
        assert_eq!((cache.get(&1), cache.get(&2), cache.get(&3)), (Some("a"), None, Some("c")));
        cache.put(3, "d");
        assert_eq!((cache.get(&1), cache.get(&3)), (Some("a"), Some("d")));
        cache.forget(|key| *key == 1);
        assert_eq!((cache.get(&1), cache.get(&3)), (None, Some("d")));
    }
}
