//! `RuleService`.

use tonic::{Request, Response, Status};

use super::convert::{FieldViolation, LONGEST_KEY, at_most, quoted, requirement_set_message};
use super::state::State;
use super::{page_token, status, v1};

/// The service.
pub struct RuleApi {
    /// Shared state.
    pub state: State,
}

#[tonic::async_trait]
impl v1::rule_service_server::RuleService for RuleApi {
    async fn list_requirement_sets(
        &self,
        request: Request<v1::ListRequirementSetsRequest>,
    ) -> Result<Response<v1::ListRequirementSetsResponse>, Status> {
        let screener = self.state.screener()?;
        let message = request.into_inner();
        let size = page_token::page_size(message.page_size, 50, 500)?;
        let after = page_token::decode("requirementSets", &message.page_token)?.unwrap_or_default();
        let rest: Vec<_> = screener.rulebook.sets.iter().filter(|set| set.name > after).collect();
        let next = match rest.get(size) {
            Some(_) => page_token::encode("requirementSets", &rest[size - 1].name),
            None => String::new(),
        };
        Ok(Response::new(v1::ListRequirementSetsResponse {
            requirement_sets: rest
                .into_iter()
                .take(size)
                .map(|set| requirement_set_message(set, false))
                .collect(),
            next_page_token: next,
        }))
    }

    async fn get_requirement_set(
        &self,
        request: Request<v1::GetRequirementSetRequest>,
    ) -> Result<Response<v1::RequirementSet>, Status> {
        let screener = self.state.screener()?;
        let name = request.into_inner().name;
        let pack = name.strip_prefix("requirementSets/").ok_or_else(|| {
            FieldViolation::new("name", format!("{} is not of the form requirementSets/PACK", quoted(&name)))
        })?;
        // Whoever has no such set says its name three times, in headers.
        at_most("name", pack, LONGEST_KEY)?;
        let set = screener.rulebook.set(pack);
        let set = set.ok_or_else(|| status::not_found("RequirementSet", &name))?;
        Ok(Response::new(requirement_set_message(set, true)))
    }
}
