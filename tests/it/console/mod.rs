//! The reviewer's console in process: pages, forms, and what must not get through them.

mod altered;
mod bounds;
mod day;
mod deleted;
mod desk;
mod directions;
mod languages;
mod notice;
mod pictures;
mod places;
mod queue;
mod reviewers;
mod unread;
mod untrusted;
mod versions;
