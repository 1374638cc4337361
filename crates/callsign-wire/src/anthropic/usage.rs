//! What an answer took. Cached input is counted apart here; in the hub it is part of all input.

use crate::dialect::Dialect;
use crate::hub::extras::Extras;
use crate::hub::flaw::DecodeError;
use crate::hub::usage::Usage;
use crate::hub::wish::Tier;
use crate::json::object::Object;
use crate::json::writer::Writer;

/// The numbers as this dialect counts them. Of a stream each is the latest that was told.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counts {
    fresh: u64,
    read: Option<u64>,
    written: Option<u64>,
    written_hour: Option<u64>,
    output: u64,
    thinking: Option<u64>,
}

// === impl Counts ===

impl Counts {
    /// Takes what `object` tells and leaves the rest.
    pub(super) fn take(&mut self, object: &mut Object<'_>) -> Result<(), DecodeError> {
        self.fresh = object.count("input_tokens")?.unwrap_or(self.fresh);
        self.output = object.count("output_tokens")?.unwrap_or(self.output);
        self.read = object.count("cache_read_input_tokens")?.or(self.read);
        self.written = object.count("cache_creation_input_tokens")?.or(self.written);
        if let Some(mut creation) = object.object("cache_creation")? {
            let hour = creation.count("ephemeral_1h_input_tokens")?;
            let minutes = creation.count("ephemeral_5m_input_tokens")?;
            self.written_hour = hour.or(self.written_hour);
            let both = hour.zip(minutes).map(|(hour, minutes)| hour.saturating_add(minutes));
            self.written = self.written.or(both);
        }
        if let Some(mut details) = object.object("output_tokens_details")? {
            self.thinking = details.count("thinking_tokens")?.or(self.thinking);
        }
        Ok(())
    }

    /// The same as the hub counts.
    pub(super) fn usage(&self) -> Usage {
        let cached = self.read.unwrap_or(0).saturating_add(self.written.unwrap_or(0));
        Usage {
            input: self.fresh.saturating_add(cached),
            cache_read: self.read,
            cache_write: self.written,
            cache_write_hour: self.written_hour,
            output: self.output,
            reasoning: self.thinking,
        }
    }
}

/// The usage of a whole answer, the tier that it came at, and what else stands there.
pub(super) fn read(mut object: Object<'_>) -> Result<(Usage, Option<Tier>, Extras), DecodeError> {
    let mut counts = Counts::default();
    counts.take(&mut object)?;
    let tier = tier(&mut object)?;
    Ok((counts.usage(), tier, super::rest::quiet_rest(object)))
}

/// The tier that an answer came at.
pub(super) fn tier(object: &mut Object<'_>) -> Result<Option<Tier>, DecodeError> {
    let name = object.text("service_tier")?;
    Ok(name.map(|name| match name.as_str() {
        "standard" => Tier::Standard,
        "priority" => Tier::Priority,
        _ => Tier::Other(Dialect::Anthropic, name),
    }))
}

/// Writes the numbers into the object that is open.
pub(super) fn write(writer: &mut Writer, usage: &Usage) {
    writer.key("input_tokens").count(usage.fresh_input());
    writer.count_member("cache_creation_input_tokens", usage.cache_write);
    writer.count_member("cache_read_input_tokens", usage.cache_read);
    if let (Some(hour), all) = (usage.cache_write_hour, usage.cache_write.unwrap_or(0)) {
        writer.key("cache_creation").object(|writer| {
            writer.key("ephemeral_5m_input_tokens").count(all.saturating_sub(hour));
            writer.key("ephemeral_1h_input_tokens").count(hour);
        });
    }
    writer.key("output_tokens").count(usage.output);
    if let Some(thinking) = usage.reasoning {
        writer.key("output_tokens_details").object(|writer| {
            writer.key("thinking_tokens").count(thinking);
        });
    }
}

/// Writes the tier, where this dialect has a name for it.
pub(super) fn write_tier(writer: &mut Writer, tier: Option<&Tier>) {
    let name = match tier {
        Some(Tier::Standard) => Some("standard"),
        Some(Tier::Priority) => Some("priority"),
        Some(Tier::Other(Dialect::Anthropic, name)) => Some(name.as_str()),
        _ => None,
    };
    writer.text_member("service_tier", name);
}
