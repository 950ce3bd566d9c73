//! HTML as people save it: lists, tables, what is left out, pictures.

use super::*;

fn seen(html: &str) -> Vec<(String, LineKind)> {
    read(html, 16).lines.into_iter().map(|line| (line.text, line.kind)).collect()
}

#[test]
fn scripts_styles_and_navigation_are_dropped() {
    let lines = seen(
        "<title>T</title><style>p{}</style><nav><p>menu</p></nav><script>if(a<b){}</script><p>R&eacute;sum&eacute; &amp; o&#699;zgarish</p>",
    );
    assert_eq!(lines, [("Résumé & oʻzgarish".to_owned(), LineKind::Text)]);
}

#[test]
fn headings_lists_and_table_rows_keep_their_kinds() {
    let lines = seen(
        "<h2>1. <b>Air</b></h2><p>Text<br>more</p><ol start=3><li><p>three</p><li>four</ol><table><tr><th>a<th>b</tr><tr><td>1</td><td>2</td></tr></table>",
    );
    let expected = [
        ("1. Air", LineKind::Heading(2)),
        ("Text", LineKind::Text),
        ("more", LineKind::Text),
        ("3. three", LineKind::ListItem),
        ("4. four", LineKind::ListItem),
        ("a | b", LineKind::TableRow),
        ("1 | 2", LineKind::TableRow),
    ];
    assert_eq!(lines, expected.map(|(text, kind)| (text.to_owned(), kind)));
}

#[test]
fn layout_tables_are_opened_up() {
    let lines = seen(
        "<table><tr><td><h1>Report</h1><table><tr><td>x</td><td>y</td></tr></table></td><td>side</td></tr></table>",
    );
    assert_eq!(lines[0], ("Report".to_owned(), LineKind::Heading(1)));
    assert_eq!(lines[1], ("x | y".to_owned(), LineKind::TableRow));
    assert_eq!(lines[2], ("side".to_owned(), LineKind::Text));
}

#[test]
fn text_swallowed_by_an_element_that_is_never_closed_is_said_to_be_unread() {
    let draft = read("<p>Kept.</p><nav><p>All chapters follow here.</p><p>And the last one.</p>", 16);
    assert_eq!(draft.lines.len(), 1);
    let [unread] = draft.not_examined.as_slice() else { panic!("{:?}", draft.not_examined) };
    assert_eq!(unread.reason, NotExaminedReason::ParserFailed);
    assert!(unread.detail.to_string().contains("<nav>"), "{}", unread.detail);
    assert!(read("<p>Kept.</p><nav>menu</nav>", 16).not_examined.is_empty());
    assert!(read("<p>Kept.</p><svg>", 16).not_examined.is_empty(), "nothing stood in it");
}

#[test]
fn headings_that_fold_are_read() {
    for html in ["<h2><button>3. Air quality</button></h2>", "<button><h2>3. Air quality</h2></button>"] {
        let lines = seen(&format!("<button>Menu</button>{html}<p>Dust is raised.</p>"));
        let expected = [("3. Air quality", LineKind::Heading(2)), ("Dust is raised.", LineKind::Text)];
        assert_eq!(lines, expected.map(|(text, kind)| (text.to_owned(), kind)), "{html}");
    }
}

#[test]
fn a_page_made_of_pictures_is_said_to_be_unread() {
    let page = |n: usize| format!("<p><img src=page{n}.png></p>");
    let scans = format!("<p>Chapters 3 to 8:</p>{}", (3..9).map(page).collect::<String>());
    let draft = read(&scans, 16);
    let [unread] = draft.not_examined.as_slice() else { panic!("{:?}", draft.not_examined) };
    assert_eq!(unread.reason, NotExaminedReason::NoTextLayer);
    assert!(unread.detail.to_string().starts_with("6 pictures"), "{}", unread.detail);
    let figures = format!("<p>{}</p><img src=map.png>", "The site lies in the valley. ".repeat(40));
    assert!(read(&figures, 16).not_examined.is_empty());
    let icons = "<img width=32 src=a.png><img style='height: 40px' src=b.png><p>Dust is raised.</p>";
    assert!(read(icons, 16).not_examined.is_empty());
    for beside in [
        "<p>Dust <img src=a.png> is raised.</p>",
        "<li>Dust<br><img src=a.png></li>",
        "<li><img src=a.png> Dust</li>",
        "<p><img src=a.png><span>(3.1)</span></p>",
        "<figure><img src=a.png><figcaption>Photo 1. The valley</figcaption></figure>",
        "<table><tr><td>Dust</td><td>low <img src=a.png></td></tr></table>",
        "<p><img src=a.png style='width: 12em'></p><p><img width='20%' src=b.png></p>",
    ] {
        assert!(read(beside, 16).not_examined.is_empty(), "{beside}");
    }
    let once = format!("<p>{}</p>{}", "Dust is raised. ".repeat(30), "<p><img src=a.png></p>".repeat(9));
    assert!(read(&once, 16).not_examined.is_empty(), "a rule between chapters");
    let bare = "<p>Chapter 3:<p><img src=a.png><p>Chapter 4:</p><img src=b.png><img src=c.png>";
    let unread = &read(bare, 16).not_examined;
    assert!(unread[0].detail.to_string().starts_with("3 pictures"), "{unread:?}");
    let items = "<ol><li><img src=a.png></li><li><p><img src=b.png></p></li></ol>";
    let unread = &read(items, 16).not_examined;
    assert!(unread[0].detail.to_string().starts_with("2 pictures"), "{unread:?}");
}

#[test]
fn many_pieces_in_bold_are_read_at_once() {
    let begun = std::time::Instant::now();
    let draft = read(&format!("<!DOCTYPE html><ul><li><b>{}", "a<i><span>".repeat(250_000)), 16);
    assert_eq!(draft.lines[0].text.len(), 250_000 + "• ".len());
    assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
}

#[test]
fn charset_is_found_in_meta() {
    assert_eq!(stated_charset(b"<html><meta charset=\"Windows-1251\">").as_deref(), Some("windows-1251"));
    assert_eq!(
        stated_charset(b"<meta http-equiv=Content-Type content='text/html; charset=euc-kr'>").as_deref(),
        Some("euc-kr")
    );
    assert_eq!(stated_charset(b"<p>charset=x"), None);
}
