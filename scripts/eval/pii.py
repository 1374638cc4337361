"""Sentences with made-up personal data of every locale that Faker knows, as JSON lines: pii.py SEED WHAT COUNT.

WHAT is phone, ssn, address, name, plate or all; each line has `text`, `label` 1 and `entities` with places in code points.
"""

import random, json, importlib, warnings, sys, string

warnings.filterwarnings("ignore")
from faker import Faker
from faker.config import AVAILABLE_LOCALES

random.seed(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
NEUTRAL = [
    "Record: {}",
    "Please check {} for me.",
    "{}",
    "We got {} from the form.",
    "Can you look at {} ?",
    "Entry {} was submitted today.",
    "Note: {}",
    "see {} below",
    "Here you go: {}",
    "- {}",
]
LAB = [
    "My {k} is {}.",
    "{k}: {}",
    "The {k} on file is {}, thanks.",
    '"{k}": "{}"',
    "Customer gave {k} {} on the call.",
    "{k} = {}",
]
rows = []


def add(typ, val, names):
    v = str(val)
    for t in random.sample(NEUTRAL, 2) + random.sample(LAB, 1):
        k = random.choice(names)
        s = t.replace("{k}", k)
        a = s.index("{}")
        text = s.replace("{}", v)
        rows.append(dict(text=text, label=1, entities=[dict(type=typ, start=a, end=a + len(v))]))


locs = sorted(AVAILABLE_LOCALES)
what = sys.argv[2] if len(sys.argv) > 2 else "all"
N = int(sys.argv[3]) if len(sys.argv) > 3 else 8
for loc in locs:
    try:
        f = Faker(loc)
    except Exception:
        continue
    f.seed_instance(random.randrange(10**9))
    for _ in range(N):
        if what in ("phone", "all"):
            try:
                add("phone", f.phone_number(), ["phone number", "tel", "mobile"])
            except Exception:
                pass
        if what in ("ssn", "all"):
            try:
                add("ssn", f.ssn(), ["national id", "id number", "ssn"])
            except Exception:
                pass
        if what in ("address", "all"):
            try:
                add("address", f.address().replace("\n", ", " if random.random() < 0.6 else "\n"), ["address"])
            except Exception:
                pass
        if what in ("plate",):
            try:
                add("plate", f.license_plate(), ["license plate"])
            except Exception:
                pass
        if what in ("name", "all"):
            try:
                n = f.name()
                for t in [
                    "Dear {},",
                    "I spoke with {} yesterday.",
                    "My name is {}.",
                    "Name: {}",
                    "Please ask {} about it.",
                    "{} called this morning.",
                    "Contact {} for details",
                ][:7]:
                    if random.random() < 0.45:
                        a = t.index("{}")
                        rows.append(
                            dict(
                                text=t.replace("{}", n),
                                label=1,
                                entities=[dict(type="person", start=a, end=a + len(n))],
                            )
                        )
            except Exception:
                pass
        if what in ("extra", "all"):
            for m, names in [
                ("nif", ["nif"]),
                ("nie", ["nie"]),
                ("cpf", ["cpf"]),
                ("cnpj", ["cnpj"]),
                ("aadhaar_id", ["aadhaar"]),
                ("pesel", ["pesel"]),
                ("birth_number", ["birth number"]),
                ("curp", ["curp"]),
                ("rfc", ["rfc"]),
                ("individuals_inn", ["inn"]),
                ("snils", ["snils"]),
                ("nip", ["nip"]),
                ("identity_card_number", ["identity card"]),
                ("passport_number", ["passport"]),
                ("cellphone_number", ["phone"]),
            ]:
                fn = getattr(f, m, None)
                if fn is None or (m == "passport_number" and loc != "en_US"):
                    continue
                try:
                    add(m, fn(), names)
                except Exception:
                    pass
for r in rows:
    print(json.dumps(r, ensure_ascii=False))
