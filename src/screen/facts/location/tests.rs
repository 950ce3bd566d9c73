use super::*;

fn point(sentence: &str) -> (f64, f64) {
    match places(sentence).as_slice() {
        [Place { location: Location::Point { latitude, longitude }, .. }] => {
            ((latitude * 1e4).round() / 1e4, (longitude * 1e4).round() / 1e4)
        }
        other => panic!("{sentence}: {other:?}"),
    }
}

#[test]
fn hemispheres_stand_before_or_after_in_every_script() {
    for sentence in [
        "at 41°18′52″ N, 64°07′30″ E.",
        "N 41°18'52\", E 64°07'30\".",
        "41°18'52\" с.ш., 64°07'30\" в.д.",
        "41º18′52″ северной широты и 64º07′30″ восточной долготы",
        "41°18′52″ sh.k., 64°07′30″ shq.u.",
        "41°18′52″ шимолий кенглик ва 64°07′30″ шарқий узунликда",
        "북위 41도 18분 52초, 동경 64도 07분 30초",
        "동경 64°07′30″, 북위 41°18′52″ 지점",
        "41°18′52″ N 64°07′30″ E",
        "중심은 41°18′52″N, 64°07′30″E이다.",
    ] {
        assert_eq!(point(sentence), (41.3144, 64.125), "{sentence}");
    }
    assert_eq!(point("S 33° 51.5', W 151° 12.6'"), (-33.8583, -151.21));
    assert_eq!(point("(north end) N 46.998 / W -123.119"), (46.998, -123.119));
    assert_eq!(point("Широта 38,8610, долгота 65,7885."), (38.861, 65.7885));
}

#[test]
fn decimals_with_a_hemisphere_need_no_sign_of_degrees() {
    for sentence in [
        "The mill stands at 38.8610 N, 65.7925 E.",
        "38.8610N/65.7925E",
        "38.8610 N 65.7925 E",
        "Latitude 38.8610 N, longitude 65.7925 E",
        "Координаты: 38,8610 с. ш. и 65,7925 в. д.",
        "38,8610 северной широты, 65,7925 восточной долготы",
        "38,8610° ш. к., 65,7925° ш. у.",
        "38,8610 ш.к., 65,7925 ш.у.",
        "38,8610° sh. k., 65,7925° sh. u.",
        "38,8610 shimoliy kenglik, 65,7925 sharqiy uzunlikda",
        "북위 38.8610, 동경 65.7925 지점",
    ] {
        assert_eq!(point(sentence), (38.861, 65.7925), "{sentence}");
    }
    assert_eq!(point("37,925 с. ш. и 67,515 в. д."), (37.925, 67.515));
    assert_eq!(point("33.8583 S, 151.2100 W"), (-33.8583, -151.21));
    assert_eq!(point("N 46.998 W 123.119"), (46.998, -123.119));
}

#[test]
fn forces_powers_and_map_metres_are_no_degrees() {
    for sentence in [
        "loads of 45,000 N and 60,000 W",
        "12.500 N m, 0.125 W/m K",
        "4,012,345 N, 350,123 E",
        "12,500 т в день и 37,925 с шагом",
        "95.1250 N, 64.1250 E",
        "a force of 38.8610 N",
    ] {
        assert!(places(sentence).is_empty(), "{sentence}");
    }
}

#[test]
fn a_pair_of_decimals_is_a_place_where_coordinates_are_spoken_of() {
    for sentence in [
        "The coordinates of the site are 38.4125, 66.7350.",
        "38.4125, 66.7350 (coordinates of the gate)",
        "Координаты площадки: 38,4125; 66,7350.",
        "Loyiha maydonining koordinatalari 38,4125 va 66,7350.",
        "Майдон координаталари: 38,4125, 66,7350",
        "사업지 좌표는 38.4125, 66.7350이다.",
        "Coordinates | 38.4125 | 66.7350",
        "Coordinates (longitude, latitude): 66.7350, 38.4125",
        "Долгота и широта устья разведочной скважины определены прибором GPS в системе WGS-84 и сверены с кадастровым \
         планом района; координаты: 66,7350; 38,4125",
    ] {
        assert_eq!(point(sentence), (38.4125, 66.735), "{sentence}");
    }
    assert_eq!(point("좌표 127.1234, 37.4567"), (37.4567, 127.1234));
    assert_eq!(point("координаты 37,925; 67,515"), (37.925, 67.515));
}

#[test]
fn other_decimals_are_no_places() {
    for sentence in [
        "The factors are 38.4125, 66.7350.",
        "In coordination with the district 38.4125, 66.7350 were paid.",
        "Координатор выплатил 38,4125; 66,7350.",
        "The coordinates were surveyed over 38.412, 66.735 ha.",
        "At these coordinates 12,500, 45,000 trees stand.",
        "Coordinates 38.412, 66.735, 12.125, 44.500",
        "coordinates 0.125, 0.250",
        "coordinates 96.4125, 98.7350",
        "coordinates 38.41, 66.73",
        "координаты 350000,125; 4560000,250",
    ] {
        assert!(places(sentence).is_empty(), "{sentence}");
    }
}

#[test]
fn slopes_temperatures_and_lone_angles_are_no_places() {
    for sentence in [
        "slope of 12° on average",
        "Температура 14 °С, уклон 3° на север.",
        "경사 20° 이상, 12.9℃",
        "41°18' N is the parallel of the town.",
        "95° N, 64° E",
        "view to the N, 350 m E of the gate",
    ] {
        assert!(places(sentence).is_empty(), "{sentence}");
    }
}

#[test]
fn ranges_become_an_extent_and_surveys_stay_words() {
    let extent = places("between 41.90 and 41.94 degrees north and between 64.11 and 64.17 degrees east");
    let expected = Location::Extent { south: 41.9, west: 64.11, north: 41.94, east: 64.17 };
    assert_eq!(extent[0].location, expected);
    let survey = places("in section 15, T30N, R108W, 6th Principal Meridian");
    let description = "T30N, R108W, section 15".to_owned();
    assert_eq!(survey[0].location, Location::Survey { description });
}

#[test]
fn utm_needs_zone_and_hemisphere() {
    assert_eq!(point("UTM zone 42N, 350000 E, 4560000 N"), (41.1775, 67.2117));
    assert_eq!(point("(UTM 42 N) Easting: 350000, Northing: 4560000"), (41.1775, 67.2117));
    assert!(places("NAD 1983 UTM Zone 12S, 350000 E, 4560000 N").is_empty());
}
