//! Which permission does a gRPC method need? What is not in this table is refused.

use super::permission::Permission::{
    self, CurateCases, DeleteScreenings, Describe, ReadCases, ReadScreenings, ReadVerdicts, RecordVerdicts,
    Screen,
};

/// What a method asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Nothing: load balancers and supervisors have no credentials.
    Nothing,
    /// A recognised principal with this permission.
    Needs(Permission),
}

use Demand::{Needs, Nothing};

/// Every method with what it asks, by full path.
pub const METHODS: &[(&str, Demand)] = &[
    ("/eia.screening.v1.ScreeningService/ScreenSections", Needs(Screen)),
    ("/eia.screening.v1.ScreeningService/ScreenDocument", Needs(Screen)),
    ("/eia.screening.v1.ScreeningService/SubmitDocument", Needs(Screen)),
    ("/eia.screening.v1.ScreeningService/CancelScreening", Needs(Screen)),
    ("/eia.screening.v1.ScreeningService/DeleteScreening", Needs(DeleteScreenings)),
    ("/eia.screening.v1.ScreeningService/WatchScreening", Needs(ReadScreenings)),
    ("/eia.screening.v1.ScreeningService/GetScreening", Needs(ReadScreenings)),
    ("/eia.screening.v1.ScreeningService/ListScreenings", Needs(ReadScreenings)),
    ("/eia.screening.v1.PrecedentService/ImportCase", Needs(CurateCases)),
    ("/eia.screening.v1.PrecedentService/SearchPrecedents", Needs(ReadCases)),
    ("/eia.screening.v1.PrecedentService/SearchPrecedentsByDocument", Needs(ReadCases)),
    ("/eia.screening.v1.PrecedentService/GetCase", Needs(ReadCases)),
    ("/eia.screening.v1.PrecedentService/ListCases", Needs(ReadCases)),
    ("/eia.screening.v1.PrecedentService/DeleteCase", Needs(CurateCases)),
    ("/eia.screening.v1.ReviewService/RecordVerdict", Needs(RecordVerdicts)),
    ("/eia.screening.v1.ReviewService/ListVerdicts", Needs(ReadVerdicts)),
    ("/eia.screening.v1.RuleService/ListRequirementSets", Needs(Describe)),
    ("/eia.screening.v1.RuleService/GetRequirementSet", Needs(Describe)),
    ("/grpc.health.v1.Health/Check", Nothing),
    ("/grpc.health.v1.Health/Watch", Nothing),
    ("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", Needs(Describe)),
    ("/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", Needs(Describe)),
];

/// Returns what a method asks; `None` for one that is not known.
pub fn demand_of(path: &str) -> Option<Demand> {
    METHODS.iter().find(|(known, _)| *known == path).map(|(_, demand)| *demand)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use prost::Message;

    use super::*;

    fn served() -> BTreeSet<String> {
        let sets = [
            eia_screening_proto::DESCRIPTORS,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1alpha::FILE_DESCRIPTOR_SET,
        ];
        let mut paths = BTreeSet::new();
        for set in sets {
            for file in prost_types::FileDescriptorSet::decode(set).unwrap().file {
                for service in &file.service {
                    for method in &service.method {
                        paths.insert(format!("/{}.{}/{}", file.package(), service.name(), method.name()));
                    }
                }
            }
        }
        paths
    }

    #[test]
    fn every_method_of_every_service_has_its_entry_and_no_entry_is_idle() {
        let table: BTreeSet<String> = METHODS.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(table.len(), METHODS.len(), "a method stands in the table twice");
        assert_eq!(table, served());
    }

    #[test]
    fn unknown_methods_have_no_entry() {
        for path in ["", "/", "/eia.screening.v1.ReviewService/DropVerdicts", "/grpc.health.v1.Health/check"]
        {
            assert_eq!(demand_of(path), None, "{path}");
        }
    }
}
