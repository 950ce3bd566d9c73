//! The reviewer's console in process: pages, forms, and what must not get through them.

mod bounds;
mod day;
mod deleted;
mod desk;
mod languages;
mod pictures;
mod places;
mod reviewers;
mod untrusted;
