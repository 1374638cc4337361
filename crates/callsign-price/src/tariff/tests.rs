//! What must hold of prices.

use super::*;

const DOLLAR: u64 = 1_000_000_000;

fn rates(input: u64, output: u64) -> Rates {
    Rates {
        input: input * DOLLAR,
        cached: input * DOLLAR / 10,
        written: input * DOLLAR * 5 / 4,
        written_hour: input * DOLLAR * 2,
        media: input * DOLLAR,
        output: output * DOLLAR,
        thought: output * DOLLAR,
        dearest_output: output * DOLLAR,
    }
}

#[test]
fn bills_tell_every_kind_of_token_apart() {
    let tariff = Tariff::flat(rates(3, 15), Money(0));
    let usage = Usage {
        input: 10_000,
        cache_read: Some(6_000),
        cache_write: Some(3_000),
        cache_write_hour: Some(1_000),
        output: 500,
        reasoning: Some(200),
    };
    // 1,000 at 3, 6,000 at .3, 2,000 at 3.75, 1,000 at 6, 500 at 15 dollars a million.
    let expected = 3_000_000 + 1_800_000 + 7_500_000 + 6_000_000 + 7_500_000;
    assert_eq!(tariff.bill(&usage), Money(expected));
}

#[test]
fn long_questions_meet_the_rates_of_their_length() {
    let tariff = Tariff::banded(vec![(200_000, rates(6, 22)), (0, rates(3, 15))], Money(5));
    let bill = |input, output| tariff.bill(&Usage { input, output, ..Usage::default() });
    assert_eq!(bill(200_000, 0), Money(600_000_005));
    assert_eq!(bill(200_001, 0), Money(1_200_006_005));
    assert_eq!(bill(1, 1), Money(18_005));
    assert_eq!(
        tariff.affords(Bound { text: 200_001, media: 0 }, Caching::Never, Money(3 * DOLLAR)),
        Some(81_817)
    );
}

#[test]
fn counts_that_do_not_add_up_are_not_billed_twice() {
    let tariff = Tariff::flat(rates(1, 1), Money(0));
    let odd = Usage {
        input: 10,
        cache_read: Some(99),
        cache_write: Some(99),
        output: 5,
        reasoning: Some(9),
        ..Usage::default()
    };
    assert!(tariff.bill(&odd) <= tariff.bill(&Usage { input: 10, output: 5, ..Usage::default() }));
}

#[test]
fn price_of_the_operators_own_fills_its_gaps() {
    let price = Price { input: Money(2), output: Money(8), ..Price::default() };
    let rates = Tariff::of(&price).rates(1);
    assert_eq!((rates.cached, rates.written, rates.thought, rates.dearest_output), (2, 2, 8, 8));
    let price =
        Price { cached_input: Some(Money(1)), reasoning: Some(Money(9)), request: Some(Money(7)), ..price };
    let tariff = Tariff::of(&price);
    assert_eq!((tariff.rates(1).cached, tariff.rates(1).dearest_output), (1, 9));
    assert_eq!(tariff.bill(&Usage::default()), Money(7));
    assert!(Tariff::of(&Price::FREE).is_free() && Tariff::free().is_free());
}
