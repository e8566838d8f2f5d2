"""The tables of an index, and the statements that fill them while it is built.

What stays: ``about`` (one row), ``ingredient``, ``code`` (every code whose contents are known), ``part`` (a
code contains an ingredient, as this salt or biosimilar; 0: not said) and ``package`` (NDC). Codes are kept as
numbers: it halves the file. What passes lies in a second file, ``passing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

APPLICATION_ID = 0x4C6B5278  # "LkRx"; tells an index from any other SQLite file
SCHEMA_VERSION = 1

CREATE = f"""
PRAGMA main.application_id = {APPLICATION_ID};
PRAGMA main.user_version = {SCHEMA_VERSION};
PRAGMA main.journal_mode = OFF;
PRAGMA passing.journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA main.cache_size = -16000;
PRAGMA passing.cache_size = -32000;
PRAGMA temp_store = FILE;
CREATE TABLE main.about (release TEXT, released TEXT, made_on TEXT,
    ingredients INTEGER, codes INTEGER, retired INTEGER, ndcs INTEGER);
CREATE TABLE main.ingredient (rxcui INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE main.code (rxcui INTEGER PRIMARY KEY, retired INTEGER NOT NULL, local INTEGER NOT NULL);
CREATE TABLE main.part (code INTEGER, ingredient INTEGER, precise INTEGER,
    PRIMARY KEY (code, ingredient, precise)) WITHOUT ROWID;
CREATE TABLE main.package (ndc INTEGER PRIMARY KEY, code INTEGER NOT NULL);
CREATE TABLE passing.concept (rxcui INTEGER PRIMARY KEY, kind TEXT, name TEXT, retired INTEGER,
    local INTEGER);
CREATE TABLE passing.relation (whole INTEGER, way TEXT, part INTEGER, obsolete INTEGER,
    PRIMARY KEY (whole, way, part)) WITHOUT ROWID;
CREATE TABLE passing.former (code INTEGER, name TEXT, merged INTEGER, local INTEGER);
CREATE TABLE passing.successor (old INTEGER, new INTEGER, PRIMARY KEY (old, new)) WITHOUT ROWID;
CREATE TABLE passing.read (code INTEGER, part INTEGER);
CREATE TABLE passing.packed (ndc INTEGER, retired INTEGER, code INTEGER,
    PRIMARY KEY (ndc, retired, code)) WITHOUT ROWID;
"""

# A code has a row for each of its names; the row in use wins over an obsolete one.
INSERT: Mapping[str, str] = MappingProxyType(
    {
        "concept": """INSERT INTO passing.concept VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (rxcui) DO UPDATE SET kind = excluded.kind, name = excluded.name,
            retired = excluded.retired, local = excluded.local WHERE excluded.retired < retired""",
        "relation": """INSERT INTO passing.relation VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET obsolete = MIN(obsolete, excluded.obsolete)""",
        "former": "INSERT INTO passing.former VALUES (?, ?, ?, ?)",
        "successor": "INSERT OR IGNORE INTO passing.successor VALUES (?, ?)",
        "read": "INSERT INTO passing.read VALUES (?, ?)",
        "packed": "INSERT OR IGNORE INTO passing.packed (ndc, code, retired) VALUES (?, ?, ?)",
    }
)

# A precise ingredient without the ingredient that it is a form of stands for itself.
INGREDIENTS = """
CREATE INDEX passing.by_kind ON concept (kind);
INSERT INTO ingredient SELECT rxcui, name FROM passing.concept WHERE kind = 'IN';
INSERT INTO part SELECT rxcui, rxcui, 0 FROM passing.concept WHERE kind = 'IN';
INSERT OR IGNORE INTO part SELECT r.whole, r.part, r.whole
    FROM passing.concept w
    JOIN passing.relation r ON r.whole = w.rxcui AND r.way = 'form_of' AND r.obsolete <= w.retired
    JOIN ingredient i ON i.rxcui = r.part
    WHERE w.kind = 'PIN';
INSERT INTO ingredient SELECT rxcui, name FROM passing.concept c
    WHERE kind = 'PIN' AND NOT EXISTS (SELECT 1 FROM part p WHERE p.code = c.rxcui);
INSERT OR IGNORE INTO part SELECT rxcui, rxcui, 0 FROM ingredient;
"""

# All along one way, or not at all: contents of which a part is unknown would look like the whole.
FOLLOW = """
INSERT OR IGNORE INTO part SELECT r.whole, p.ingredient, p.precise
    FROM passing.concept w
    JOIN passing.relation r ON r.whole = w.rxcui AND r.way = :way AND r.obsolete <= w.retired
    JOIN part p ON p.code = r.part
    WHERE w.kind = :kind AND NOT EXISTS (
        SELECT 1 FROM passing.relation q
        WHERE q.whole = w.rxcui AND q.way = :way AND q.obsolete <= w.retired
        AND NOT EXISTS (SELECT 1 FROM part u WHERE u.code = q.part))
"""
PRECISE_IS_ENOUGH = """
DELETE FROM part WHERE precise = 0
    AND code IN (SELECT rxcui FROM passing.concept WHERE kind = :kind)
    AND EXISTS (SELECT 1 FROM part p
        WHERE p.code = part.code AND p.ingredient = part.ingredient AND p.precise <> 0)
"""

MERGED = """
INSERT OR IGNORE INTO passing.successor SELECT code, merged FROM passing.former WHERE merged IS NOT NULL
"""
# Of several successors, those that can be told have to agree on the ingredients.
INHERIT = """
INSERT OR IGNORE INTO part SELECT heir.old, p.ingredient, p.precise
    FROM (
        SELECT s.old, MIN(s.new) AS new FROM passing.successor s
        WHERE EXISTS (SELECT 1 FROM part u WHERE u.code = s.new)
        AND NOT EXISTS (SELECT 1 FROM part u WHERE u.code = s.old)
        AND NOT EXISTS (SELECT 1 FROM passing.concept c WHERE c.rxcui = s.old AND NOT c.retired)
        GROUP BY s.old
        HAVING COUNT(DISTINCT (SELECT GROUP_CONCAT(DISTINCT ingredient) FROM part WHERE code = s.new)) = 1
    ) heir
    JOIN part p ON p.code = heir.new
"""
INGREDIENT_NAMES = """
SELECT name, rxcui FROM passing.concept WHERE kind IN ('IN', 'PIN') ORDER BY retired DESC, rxcui
"""
UNTOLD_NAMES = """
SELECT rxcui, name FROM passing.concept c
    WHERE retired AND NOT EXISTS (SELECT 1 FROM part p WHERE p.code = c.rxcui)
UNION
SELECT code, name FROM passing.former f
    WHERE NOT EXISTS (SELECT 1 FROM part p WHERE p.code = f.code)
    AND NOT EXISTS (SELECT 1 FROM passing.concept c WHERE c.rxcui = f.code)
ORDER BY 1
"""
TAKE_READ = """
INSERT OR IGNORE INTO part SELECT r.code, p.ingredient, p.precise
    FROM passing.read r JOIN part p ON p.code = r.part
"""

# An NDC that was used twice: the product in use counts; two that differ in ingredients tell nothing.
FINISH = """
INSERT INTO package SELECT k.ndc, MIN(k.code) FROM passing.packed k
    WHERE EXISTS (SELECT 1 FROM part p WHERE p.code = k.code)
    AND k.retired = (SELECT MIN(o.retired) FROM passing.packed o WHERE o.ndc = k.ndc)
    GROUP BY k.ndc
    HAVING COUNT(DISTINCT (SELECT GROUP_CONCAT(DISTINCT ingredient) FROM part WHERE code = k.code)) = 1;
CREATE INDEX passing.former_code ON former (code);
INSERT INTO code SELECT DISTINCT p.code, COALESCE(c.retired, 1),
    COALESCE(c.local, (SELECT MAX(f.local) FROM passing.former f WHERE f.code = p.code), 0)
    FROM part p LEFT JOIN passing.concept c ON c.rxcui = p.code;
"""
COUNTS = (
    "SELECT COUNT(*) FROM ingredient",
    "SELECT COUNT(*) FROM code",
    "SELECT COUNT(*) FROM code WHERE retired",
    "SELECT COUNT(*) FROM package",
    "SELECT COUNT(*) FROM passing.concept c WHERE NOT EXISTS (SELECT 1 FROM part p WHERE p.code = c.rxcui)",
)
ABOUT = "INSERT INTO about VALUES (?, ?, ?, ?, ?, ?, ?)"

# --- asking the finished index ---------------------------------------------------------------------------

READ_ABOUT = "SELECT release, released, made_on, ingredients, codes, retired, ndcs FROM about"
READ_CODE = """
SELECT c.retired, c.local, p.ingredient, p.precise, i.name
    FROM code c JOIN part p ON p.code = c.rxcui JOIN ingredient i ON i.rxcui = p.ingredient
    WHERE c.rxcui = ?
"""
READ_PACKAGE = """
SELECT c.retired, c.local, p.ingredient, p.precise, i.name
    FROM package k JOIN code c ON c.rxcui = k.code
    JOIN part p ON p.code = c.rxcui JOIN ingredient i ON i.rxcui = p.ingredient
    WHERE k.ndc = ?
"""
