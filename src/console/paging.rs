//! Pages of a list: bounds, and links to the neighbours.

/// A page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Number of the page, from 1.
    pub page: usize,
    /// Number of pages, at least 1.
    pub pages: usize,
    /// Entries in all.
    pub all: usize,
    /// Entries on a page.
    pub size: usize,
}

impl Paging {
    /// Makes the page `asked` of a list; a page that is not there becomes the nearest one.
    pub fn of(all: usize, size: usize, asked: usize) -> Self {
        let pages = all.div_ceil(size.max(1)).max(1);
        Self { page: asked.clamp(1, pages), pages, all, size }
    }

    /// The page on which the entry at `position` stands.
    pub fn at(all: usize, size: usize, position: usize) -> Self {
        Self::of(all, size, position / size.max(1) + 1)
    }

    /// Positions of the entries on the page.
    pub fn range(&self) -> std::ops::Range<usize> {
        let start = ((self.page - 1) * self.size).min(self.all);
        start..(start + self.size).min(self.all)
    }

    /// The page before.
    pub fn previous(&self) -> Option<usize> {
        (self.page > 1).then(|| self.page - 1)
    }

    /// The page after.
    pub fn next(&self) -> Option<usize> {
        (self.page < self.pages).then(|| self.page + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Paging;

    #[test]
    fn pages_that_are_not_there_become_the_nearest() {
        let page = Paging::of(51, 25, 99);
        assert_eq!((page.page, page.pages, page.range()), (3, 3, 50..51));
        assert_eq!(Paging::of(51, 25, 0).range(), 0..25);
        assert_eq!(Paging::of(0, 25, 7), Paging { page: 1, pages: 1, all: 0, size: 25 });
        assert_eq!(Paging::of(0, 25, 7).range(), 0..0);
        assert_eq!(Paging::at(51, 25, 50).page, 3);
        assert_eq!((Paging::of(51, 25, 1).previous(), Paging::of(51, 25, 1).next()), (None, Some(2)));
    }
}
