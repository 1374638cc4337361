//! Invariant: what a provider bills at its listed price never passes the ceiling.

use callsign_wire::hub::usage::Usage;
use proptest::prelude::*;

use super::*;
use crate::tariff::Rates;

/// Everything that one exchange depends on.
#[derive(Debug, Clone)]
struct Case {
    tariff: Tariff,
    bound: Bound,
    caching: Caching,
    asked: Option<u64>,
    copies: u64,
    context: Option<u64>,
    spent: Money,
    limit: CostLimit,
    /// How the provider counts it, in thousandths of what is possible.
    shares: [u64; 6],
}

fn rates() -> impl Strategy<Value = Rates> {
    let rate = || prop_oneof![Just(0), 0..100_000_000_000_u64];
    (rate(), rate(), rate(), rate(), rate(), rate(), rate(), rate()).prop_map(
        |(input, cached, written, hour, media, output, thought, other)| Rates {
            input,
            cached,
            written,
            written_hour: hour,
            media,
            output,
            thought,
            dearest_output: output.max(thought).max(other),
        },
    )
}

fn tariffs() -> impl Strategy<Value = Tariff> {
    let bands = prop::collection::vec((0..300_000_u64, rates()), 0..4);
    (rates(), bands, 0..20_000_000_u64).prop_map(|(first, mut bands, request)| {
        bands.push((0, first));
        bands.dedup_by_key(|(from, _)| *from);
        Tariff::banded(bands, Money(request))
    })
}

prop_compose! {
    fn cases()(
        tariff in tariffs(),
        (text, media) in (0..400_000_u64, prop_oneof![Just(0), 0..50_000_u64]),
        caching in prop::sample::select(vec![Caching::Never, Caching::Short, Caching::Hour]),
        (asked, copies) in (prop::option::of(0..200_000_u64), 1..5_u64),
        context in prop::option::of(1..2_000_000_u64),
        (ceiling, spent) in (0..2_000_000_000_u64, prop_oneof![Just(0), 0..2_000_000_000_u64]),
        (refuse, least) in (any::<bool>(), 0..100_u32),
        shares in prop::array::uniform6(0..=1000_u64),
    ) -> Case {
        let on_cost = if refuse { OnCost::Refuse } else { OnCost::Clamp };
        let limit = CostLimit { ceiling: Money(ceiling), on_cost, min_output_tokens: least };
        let (bound, spent) = (Bound { text, media }, Money(spent));
        Case { tariff, bound, caching, asked, copies, context, spent, limit, shares }
    }
}

impl Case {
    fn quote(&self) -> Quote {
        let terms = Terms {
            tariff: &self.tariff,
            bound: self.bound,
            caching: self.caching,
            asked: self.asked,
            copies: self.copies,
            context: self.context,
            longest: 16_384,
            spent: self.spent,
            limit: self.limit,
        };
        terms.quote()
    }

    /// What the provider may count: no more than the question's bound, no longer answers than allowed, cached as it likes.
    fn usage(&self, each: u64) -> Usage {
        let part = |whole: u64, share: usize| whole * self.shares[share] / 1000;
        let input = part(self.bound.text, 0);
        let cache_read = part(input, 1);
        let cache_write = match self.caching {
            Caching::Never => 0,
            _ => part(input - cache_read, 2),
        };
        let hour = if self.caching == Caching::Hour { part(cache_write, 3) } else { 0 };
        let output = part(each * self.copies, 4);
        Usage {
            input,
            cache_read: Some(cache_read),
            cache_write: Some(cache_write),
            cache_write_hour: Some(hour),
            output,
            reasoning: Some(part(output, 5)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_bill_passes_the_ceiling(case in cases()) {
        let room = case.limit.ceiling.less(case.spent);
        let each = match case.quote() {
            Quote::Short { .. } => return Ok(()),
            Quote::Whole { most } => {
                prop_assert!(most <= room || case.tariff.is_free());
                // Without a limit the context is one, or the output costs nothing.
                case.asked.or(case.context).unwrap_or(1_000_000)
            }
            Quote::Lowered { limit, most } => {
                prop_assert!(most <= room);
                prop_assert!(limit >= u64::from(case.limit.min_output_tokens).min(16_384));
                prop_assert!(case.asked.is_none_or(|asked| limit < asked));
                limit
            }
        };
        let bill = case.tariff.bill(&case.usage(each));
        prop_assert!(bill <= room, "{bill} of {room}");
    }

    #[test]
    fn answers_are_as_long_as_the_ceiling_affords(case in cases()) {
        let Quote::Lowered { limit, .. } = case.quote() else { return Ok(()) };
        prop_assume!(case.asked.is_some());
        let room = case.limit.ceiling.less(case.spent);
        let more = case.tariff.exchange(case.bound, case.caching, (limit + 1) * case.copies);
        // But for the last nano-dollar, which rounding may take.
        prop_assert!(more.plus(Money(1)) > room);
    }

    #[test]
    fn dearer_of_two_is_as_dear_as_both(one in tariffs(), other in tariffs(), input in 0..400_000_u64, output in 0..9_000_u64) {
        let both = one.or_dearer(&other);
        let usage = Usage { input, output, ..Usage::default() };
        prop_assert!(both.bill(&usage) >= one.bill(&usage));
        prop_assert!(both.bill(&usage) >= other.bill(&usage));
    }
}

#[test]
fn ceilings_shorten_answers_or_refuse_them() {
    let tariff = Tariff::flat(
        Rates {
            input: 3_000_000_000,
            output: 15_000_000_000,
            dearest_output: 15_000_000_000,
            ..Rates::default()
        },
        Money(0),
    );
    let quote = |asked, ceiling, on_cost| {
        let limit = CostLimit { ceiling: Money(ceiling), on_cost, min_output_tokens: 16 };
        let bound = Bound { text: 1_000, media: 0 };
        let caching = Caching::Never;
        let terms = Terms {
            tariff: &tariff,
            bound,
            caching,
            asked,
            copies: 1,
            context: None,
            longest: 8_192,
            spent: Money(0),
            limit,
        };
        terms.quote()
    };
    // 1,000 tokens cost 0.003 dollars, and each of the answer 0.000015.
    let (clamp, refuse) = (OnCost::Clamp, OnCost::Refuse);
    assert_eq!(quote(Some(100), 4_500_000, clamp), Quote::Whole { most: Money(4_500_000) });
    assert_eq!(quote(Some(101), 4_500_000, clamp), Quote::Lowered { limit: 100, most: Money(4_500_000) });
    assert_eq!(quote(None, 4_500_000, clamp), Quote::Lowered { limit: 100, most: Money(4_500_000) });
    assert_eq!(
        quote(Some(101), 4_500_000, refuse),
        Quote::Short { affords: 100, question: Money(3_000_000) }
    );
    assert_eq!(quote(Some(9), 3_000_000, clamp), Quote::Short { affords: 0, question: Money(3_000_000) });
    assert_eq!(
        quote(Some(9_000), 3_200_000, clamp),
        Quote::Short { affords: 13, question: Money(3_000_000) }
    );
    // A short answer that was asked for is no reason to refuse.
    assert_eq!(quote(Some(9), 3_200_000, clamp), Quote::Whole { most: Money(3_135_000) });
    assert_eq!(quote(None, 999_000_000, clamp), Quote::Lowered { limit: 8_192, most: Money(125_880_000) });
}
