"""Texts with what only looks like personal data, as JSON lines with `label` 0: lookalikes.py SEED COUNT."""

import random, json, uuid, sys, string, hashlib

random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
R = random
d = lambda n: "".join(R.choice("0123456789") for _ in range(n))
d1 = lambda n: R.choice("123456789") + d(n - 1)
h = lambda n: "".join(R.choice("0123456789abcdef") for _ in range(n))
U = lambda n: "".join(R.choice(string.ascii_uppercase) for _ in range(n))


def bad(v, f):
    return v


def luhn(s):
    t = 0
    for i, c in enumerate(reversed(s)):
        x = int(c)
        if i % 2:
            x *= 2
            x -= 9 * (x > 9)
        t += x
    return t % 10 == 0


def badcard():
    while True:
        v = R.choice(["4", "51", "52", "6011"])
        v += d(16 - len(v))
        if not luhn(v):
            return R.choice(
                [v, " ".join(v[i : i + 4] for i in (0, 4, 8, 12)), "-".join(v[i : i + 4] for i in (0, 4, 8, 12))]
            )


def badiban():
    v = "DE" + d(20)
    return R.choice([v, " ".join(v[i : i + 4] for i in range(0, 22, 4))])


def badnhs():
    while True:
        v = d1(10)
        s = sum(int(c) * w for c, w in zip(v, range(10, 1, -1)))
        if (11 - s % 11) % 11 != int(v[9]):
            return v[:3] + " " + v[3:6] + " " + v[6:]


K = {
    "order": lambda: f"Order #{d1(R.randint(5,12))} shipped.",
    "order2": lambda: f"Your order number is {d1(9)}.",
    "order3": lambda: f"order {d1(3)}-{d1(7)}-{d1(7)} has been dispatched",
    "invoice": lambda: f"Invoice {R.choice(['INV-','','#'])}{d1(8)} due soon",
    "ticket": lambda: f"Ticket {U(4)}-{d1(4)} is closed",
    "tracking": lambda: f"Tracking number 1Z{U(3)}{d(3)}{d(10)}",
    "tracking2": lambda: f"track the parcel {d1(12)}",
    "uuid": lambda: f"id {uuid.UUID(int=R.getrandbits(128))}",
    "uuid2": lambda: f"request {uuid.UUID(int=R.getrandbits(128))} failed",
    "md5": lambda: f"md5 {h(32)}",
    "sha1": lambda: f"commit {h(40)}",
    "short": lambda: f"fixed in {h(7)}",
    "sha512": lambda: f"checksum: {h(128)}",
    "date": lambda: f"The meeting is on {R.randint(2000,2026)}-{R.randint(1,12):02}-{R.randint(1,28):02}.",
    "date2": lambda: f"released {R.randint(1,28)}/{R.randint(1,12)}/{R.randint(1990,2026)}",
    "date3": lambda: f"On {R.choice(['January','March','June','May'])} {R.randint(1,28)}, {R.randint(1800,2026)} the treaty was signed.",
    "date4": lambda: f"Due date: {R.randint(1,28):02}.{R.randint(1,12):02}.{R.randint(2020,2026)}",
    "time": lambda: f"at {R.randint(0,23):02}:{R.randint(0,59):02}:{R.randint(0,59):02} on {R.randint(2000,2026)}-{R.randint(1,12):02}-{R.randint(1,28):02}T10:20:30Z",
    "ver": lambda: f"v{R.randint(0,20)}.{R.randint(0,40)}.{R.randint(0,99)}",
    "ver4": lambda: f"version {R.randint(0,120)}.{R.randint(0,40)}.{R.randint(0,9999)}.{R.randint(0,199)}",
    "ver4b": lambda: f"upgrade to {R.randint(1,20)}.{R.randint(0,20)}.{R.randint(0,20)}.{R.randint(0,20)}",
    "price": lambda: f"It costs ${R.randint(1,999)},{d(3)}.{d(2)}",
    "price2": lambda: f"total EUR {R.randint(1,999)}.{d(3)},{d(2)}",
    "badcard": lambda: f"Card {badcard()} was declined as invalid.",
    "badcard2": lambda: f"Please check {badcard()} for me.",
    "badiban": lambda: f"IBAN {badiban()}",
    "badnhs": lambda: f"NHS number {badnhs()}",
    "badssn": lambda: f"Test value 000-{d1(2)}-{d1(4)}",
    "badssn2": lambda: f"666-{d1(2)}-{d1(4)} is never issued",
    "isbn": lambda: f"ISBN 978-{d(1)}-{d(4)}-{d(4)}-{d(1)}",
    "isbn2": lambda: f"ISBN {d1(10)}",
    "ean": lambda: f"barcode {R.choice('456')}{d(12)}",
    "sku": lambda: f"SKU {U(3)}-{d1(5)}",
    "part": lambda: f"part number {U(2)}{d1(7)}",
    "serial": lambda: f"Serial {U(1)}{d1(8)}",
    "serial2": lambda: f"S/N: {U(2)}{d1(8)}",
    "coord": lambda: f"lat {R.uniform(-90,90):.6f}, lon {R.uniform(-180,180):.6f}",
    "coord2": lambda: f"located at {R.uniform(-90,90):.4f}, {R.uniform(-180,180):.4f}",
    "epoch": lambda: f"timestamp {R.randint(1500000000,1800000000)}",
    "epochms": lambda: f"ts={R.randint(1500000000000,1800000000000)}",
    "epoch3": lambda: f"The event happened at {R.randint(1500000000,1800000000)}.",
    "pop": lambda: f"The population is {d1(9)}.",
    "pop2": lambda: f"{d1(3)} {d(3)} {d(3)} people live there",
    "pop3": lambda: f"{R.randint(1,99)},{d(3)},{d(3)} inhabitants",
    "math": lambda: f"Compute {d1(9)} * {d1(6)}.",
    "math2": lambda: f"What is {d1(3)} - {d1(2)} - {d1(4)}?",
    "math3": lambda: f"Add {d1(4)} and {d1(4)}.",
    "prime": lambda: f"Is {d1(10)} prime?",
    "json": lambda: json.dumps({"id": int(d1(9)), "count": int(d1(6)), "ts": int(d1(10))}),
    "json2": lambda: json.dumps({"order_id": d1(10), "sku": U(3) + d1(7)}),
    "json3": lambda: json.dumps({"user_id": int(d1(11)), "status": 200}),
    "log": lambda: f"[{R.randint(2000,2026)}-{R.randint(1,12):02}-{R.randint(1,28):02} 10:20:30] pid={d1(5)} thread={d1(9)} took {d1(4)}ms",
    "hexaddr": lambda: f"segfault at 0x{h(16)} ip 0x{h(12)}",
    "color": lambda: f"color #{h(6)}",
    "phoneish": lambda: f"model 555-{d(4)}",
    "rfc": lambda: f"See RFC {d1(4)} section {R.randint(1,9)}.{R.randint(1,9)}.{R.randint(1,9)}.{R.randint(1,9)}",
    "doi": lambda: f"doi:10.{d1(4)}/{U(2).lower()}.{d1(9)}",
    "arxiv": lambda: f"arXiv:{d(4)}.{d(5)}",
    "pmid": lambda: f"PMID {d1(8)}",
    "flight": lambda: f"Flight {U(2)}{d1(4)} at gate {U(1)}{d1(2)}",
    "room": lambda: f"Room {d1(4)}",
    "zip": lambda: f"scale 1:{d1(5)}",
    "case": lambda: f"Case number {d1(2)}-{d1(5)}",
    "ref": lambda: f"Reference: {U(2)}{d1(9)}",
    "ref2": lambda: f"Ref no {d1(11)}",
    "b64": lambda: f"token {''.join(R.choice(string.ascii_letters+string.digits) for _ in range(32))}",
    "mention": lambda: f"ping @user{d1(3)} about #{d1(5)}",
    "pkg": lambda: f"npm install left-pad@{R.randint(0,9)}.{R.randint(0,9)}.{R.randint(0,9)}",
    "img": lambda: f"icon@2x.png and logo@3x.svg",
    "loop": lambda: f"listen on 127.0.0.1:{d1(4)} or 0.0.0.0:{d1(4)}",
    "cidr": lambda: f"allow 10.{d1(2)}.0.0/16",
    "priv": lambda: f"ping 192.168.{R.randint(0,255)}.1",
    "cpp": lambda: "std::vector<int> a::b::c; ab::cd()",
    "ratio": lambda: f"ratio {d1(2)}:{d1(2)}:{d1(2)}",
    "score": lambda: f"They won {d1(1)}-{d1(1)}, {d1(2)}-{d1(2)}",
    "range": lambda: f"pages {d1(3)}-{d1(3)}",
    "years": lambda: f"from {R.randint(1900,1999)}-{R.randint(2000,2026)}",
    "size": lambda: f"{d1(9)} bytes written",
    "size2": lambda: f"image of {d1(4)}x{d1(4)} px",
    "temp": lambda: f"{R.uniform(-40,40):.2f} degrees",
    "place": lambda: R.choice(
        [
            "The Grace Period ends soon.",
            "Victoria Station is busy.",
            "We visited Washington State.",
            "Florence Cathedral is old.",
            "Jordan River water",
            "Martin Luther King Day parade",
            "Austin City Limits",
            "Chelsea Football Club won",
            "Taylor Series expansion",
            "Newton Method converges",
            "Bill Payment Center",
            "Dear Customer, thank you",
            "Dear Sir or Madam,",
            "Dear Hiring Manager,",
            "Dear Team,",
            "Sincerely,\nSupport Team",
            "Paris Hotel rooms",
            "Will Do That",
            "Mark Complete",
            "April Showers bring flowers",
            "Rose Garden Avenue",
            "San Francisco Bay Area",
            "Wall Street fell 2 Percent",
            "The 5 Main Street Banks",
            "Open 24 Hours",
            "Top 10 Movies of 2020",
            "Chapter 12 Way Forward",
            "In 2019 World Health Organization",
            "I spoke with Customer Service yesterday.",
            "Talk to Sales Department",
            "Python Software Foundation",
            "James Webb Space Telescope",
        ]
    ),
    "stock": lambda: f"AAPL {d1(3)}.{d(2)} vol {d1(8)}",
    "cve": lambda: f"CVE-{R.randint(2000,2026)}-{d1(5)}",
    "jira": lambda: f"PROJ-{d1(4)}: fix",
    "build": lambda: f"build {R.randint(2000,2026)}{R.randint(1,12):02}{R.randint(1,28):02}.{d1(1)}",
    "batch": lambda: f"Batch {U(2)}{d1(6)}",
    "lot": lambda: f"Lot {d1(6)}-{U(1)}",
    "dup": lambda: f"{d1(9)} rows affected",
    "ssnlike": lambda: f"Part {d1(3)}-{d1(2)}-{d1(4)} in stock",
    "ssnlike2": lambda: f"order {d1(3)}-{d1(2)}-{d1(4)}",
    "conf": lambda: f"Confirmation code {U(6)}",
    "conf2": lambda: f"Your booking reference is {U(1)}{d1(8)}",
    "gift": lambda: f"Voucher {d1(4)}-{d1(4)}-{d1(4)}-{d1(4)}",
    "gift2": lambda: f"License key {U(5)}-{U(5)}-{U(5)}",
    "mac0": lambda: "mac 00:00:00:00:00:00",
    "fp": lambda: "fingerprint " + ":".join(h(2) for _ in range(16)),
    "badip": lambda: f"{R.randint(256,999)}.{R.randint(256,999)}.1.1 is not valid",
    "eth": lambda: f"tx hash 0x{h(64)}",
    "grid": lambda: f"Matrix: {d1(2)} {d1(2)} {d1(2)} {d1(2)}",
    "seq": lambda: f"1 2 3 4 5 6 7 8 9 10",
    "neutral9": lambda: f"The value is {d1(9)}.",
    "neutral8": lambda: f"Number {d1(8)}",
    "neutral11": lambda: f"Got {d1(11)} back",
    "neutral10": lambda: f"Result: {d1(10)}",
    "neutral12": lambda: f"The counter shows {d1(12)}",
}
n = int(sys.argv[2]) if len(sys.argv) > 2 else 20
for k, f in K.items():
    for _ in range(n):
        print(json.dumps(dict(text=f(), label=0, entities=[], k=k)))
