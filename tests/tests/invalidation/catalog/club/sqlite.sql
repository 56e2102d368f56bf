-- A hiking club, on SQLite. `person` and `address` are there already.
CREATE TABLE language (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE trail (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    language_id INTEGER REFERENCES language (id) ON UPDATE CASCADE ON DELETE SET NULL,
    walks INTEGER NOT NULL DEFAULT 0,
    rating INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE walk (
    id INTEGER PRIMARY KEY,
    trail_id INTEGER NOT NULL REFERENCES trail ON UPDATE CASCADE ON DELETE CASCADE,
    person_id INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    note TEXT
);
CREATE TABLE photo (id INTEGER PRIMARY KEY, walk_id INTEGER REFERENCES walk (id) ON DELETE CASCADE, title TEXT);
CREATE TABLE stage (id INTEGER PRIMARY KEY, trail_code TEXT NOT NULL REFERENCES trail (code) ON UPDATE CASCADE, name TEXT);
CREATE TABLE tag (id INTEGER PRIMARY KEY, label TEXT NOT NULL, uses INTEGER NOT NULL DEFAULT 0);
CREATE TABLE trail_tag (
    trail_id INTEGER NOT NULL REFERENCES trail (id) ON UPDATE CASCADE ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
    PRIMARY KEY (trail_id, tag_id)
);
CREATE TABLE vote (
    trail_id INTEGER NOT NULL REFERENCES trail (id) ON UPDATE CASCADE ON DELETE CASCADE,
    person_id INTEGER NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (trail_id, person_id)
);
CREATE TABLE guide (id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person (id) ON DELETE SET NULL, since INTEGER);
CREATE TABLE archive (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, line TEXT NOT NULL);
CREATE TABLE summary (id INTEGER PRIMARY KEY, ratings INTEGER NOT NULL);
CREATE TABLE statistic (id INTEGER PRIMARY KEY, persons INTEGER NOT NULL);
CREATE TABLE setting (id INTEGER PRIMARY KEY, value TEXT UNIQUE ON CONFLICT REPLACE);
CREATE TABLE setting_note (id INTEGER PRIMARY KEY, setting_id INTEGER REFERENCES setting (id) ON DELETE CASCADE);
CREATE TABLE badge (id INTEGER PRIMARY KEY, label TEXT UNIQUE);
CREATE TABLE badge_note (id INTEGER PRIMARY KEY, badge_id INTEGER REFERENCES badge (id) ON DELETE CASCADE);
CREATE VIEW known_trail AS SELECT id, title AS name FROM trail;

CREATE TRIGGER walked AFTER INSERT ON walk BEGIN
    UPDATE trail SET walks = walks + 1 WHERE id = new.trail_id;
END;
CREATE TRIGGER unwalked AFTER DELETE ON walk BEGIN
    UPDATE trail SET walks = walks - 1 WHERE id = old.trail_id;
END;
CREATE TRIGGER tagged AFTER INSERT ON trail_tag BEGIN UPDATE tag SET uses = uses + 1 WHERE id = new.tag_id; END;
CREATE TRIGGER untagged AFTER DELETE ON trail_tag BEGIN UPDATE tag SET uses = uses - 1 WHERE id = old.tag_id; END;
CREATE TRIGGER voted AFTER INSERT ON vote BEGIN
    UPDATE trail SET rating = rating + new.value WHERE id = new.trail_id;
END;
CREATE TRIGGER revoted AFTER UPDATE OF value ON vote BEGIN
    UPDATE trail SET rating = rating + new.value - old.value WHERE id = new.trail_id;
END;
CREATE TRIGGER rated AFTER UPDATE OF rating ON trail BEGIN
    INSERT INTO summary VALUES (1, new.rating) ON CONFLICT (id) DO UPDATE SET ratings = ratings + new.rating - old.rating;
END;
CREATE TRIGGER retitled AFTER UPDATE OF title, code ON trail BEGIN
    -- DELETE FROM setting; says this comment
    INSERT INTO log (line) VALUES ('UPDATE setting SET value = ' || replace(new.title, 'a', 'b'));
END;
CREATE TRIGGER joined AFTER INSERT ON person BEGIN UPDATE statistic SET persons = persons + 1; END;
CREATE TRIGGER gone AFTER DELETE ON person BEGIN
    INSERT INTO archive VALUES (old.id, old.name);
    UPDATE statistic SET persons = persons - 1;
END;
CREATE TRIGGER renamed INSTEAD OF UPDATE ON known_trail BEGIN
    UPDATE trail SET title = new.name WHERE id = new.id;
END;
CREATE TRIGGER awarded AFTER INSERT ON tag BEGIN INSERT INTO badge (label) VALUES (new.label); END;
