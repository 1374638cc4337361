//! From a name to a course: which targets a request may go to, and in which order.

use std::sync::Arc;
use std::time::Duration;

use smallvec::SmallVec;

use crate::alias::{Alias, ResponseModel, Route};
use crate::catalog::{Catalog, Found};
use crate::ids::{AliasId, TargetId};
use crate::target::{Model, Target, Timeouts};

/// The way of one request through the catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Course {
    /// The aliases that were followed, the one asked for first.
    pub aliases: SmallVec<[AliasId; 2]>,
    legs: SmallVec<[Leg; 1]>,
    next: usize,
}

/// One attempt of a course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leg {
    /// Where to.
    pub target: TargetId,
    /// What the target calls the model.
    pub model: Arc<str>,
}

/// Why no course can be charted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChartError {
    /// The route needs a decision that this version does not make.
    #[error("this kind of route is not served yet")]
    NotServed,
    /// An id points nowhere, or aliases lead in a circle: the catalog was not checked.
    #[error("the catalog is broken")]
    Broken,
}

/// What holds for one leg of a course.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// DNS, TCP and TLS together.
    pub connect: Duration,
    /// From sending the request to the first byte of a stream.
    pub first_token: Duration,
    /// Between two pieces of an answer.
    pub idle: Duration,
    /// The whole exchange.
    pub total: Duration,
}

/// DNS, TCP and TLS together, where nothing else is written.
pub const CONNECT: Duration = Duration::from_secs(5);
/// Until a stream's first byte, where nothing else is written.
pub const FIRST_TOKEN: Duration = Duration::from_mins(1);
/// Between two pieces of an answer, where nothing else is written.
pub const IDLE: Duration = Duration::from_mins(1);

/// Charts the course for what `name` was found to be.
pub fn chart(catalog: &Catalog, found: Found, name: &str) -> Result<Course, ChartError> {
    let mut course = Course { aliases: SmallVec::new(), legs: SmallVec::new(), next: 0 };
    let leg = match found {
        Found::Alias(id) => follow(catalog, id, &mut course.aliases)?,
        Found::Target(id) => fixed_leg(catalog, id)?,
        Found::Wildcard(target, from) => {
            Leg { target, model: name.get(from..).ok_or(ChartError::Broken)?.into() }
        }
    };
    course.legs.push(leg);
    Ok(course)
}

fn follow(catalog: &Catalog, start: AliasId, trail: &mut SmallVec<[AliasId; 2]>) -> Result<Leg, ChartError> {
    let mut id = start;
    loop {
        let alias = catalog.alias(id).ok_or(ChartError::Broken)?;
        if trail.len() > catalog.parts().aliases.len() {
            return Err(ChartError::Broken);
        }
        trail.push(id);
        match &alias.route {
            Route::Target(target) => return fixed_leg(catalog, *target),
            Route::Alias(next) => id = *next,
            Route::Split(_) | Route::Pool(_) | Route::Chain(_) => return Err(ChartError::NotServed),
        }
    }
}

fn fixed_leg(catalog: &Catalog, id: TargetId) -> Result<Leg, ChartError> {
    match &catalog.target(id).ok_or(ChartError::Broken)?.model {
        Model::Fixed(model) => Ok(Leg { target: id, model: Arc::clone(model) }),
        Model::Asked => Err(ChartError::Broken),
    }
}

// === impl Course ===

impl Course {
    /// The next attempt, if there is one.
    pub fn next_leg(&mut self) -> Option<Leg> {
        let leg = self.legs.get(self.next).cloned();
        self.next += 1;
        leg
    }

    /// The alias that was asked for.
    pub fn alias<'a>(&self, catalog: &'a Catalog) -> Option<&'a Alias> {
        catalog.alias(*self.aliases.first()?)
    }

    /// Which name the answer's `model` carries: as the alias asked for says.
    pub fn response_model(&self, catalog: &Catalog) -> ResponseModel {
        self.alias(catalog).map_or(ResponseModel::Upstream, |alias| alias.response_model)
    }

    /// The limits of an attempt at `target`: the target's own, else those of the nearest alias, else those of
    /// the file, else the defaults. `total` is the listener's timeout where nobody wrote one.
    pub fn limits(&self, catalog: &Catalog, target: &Target, total: Duration) -> Limits {
        let aliases = self.aliases.iter().rev().filter_map(|id| catalog.alias(*id));
        let written = aliases
            .map(|alias| alias.timeouts)
            .chain([catalog.parts().timeouts])
            .fold(target.timeouts, Timeouts::or);
        Limits {
            connect: written.connect.unwrap_or(CONNECT),
            first_token: written.first_token.unwrap_or(FIRST_TOKEN),
            idle: written.idle.unwrap_or(IDLE),
            total: written.total.unwrap_or(total),
        }
    }
}
