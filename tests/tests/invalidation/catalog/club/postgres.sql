-- The same hiking club, on PostgreSQL, with partitions, a materialised view and a rule besides.
CREATE TABLE language (id INT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE trail (
    id INT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    language_id INT REFERENCES language ON UPDATE CASCADE ON DELETE SET NULL,
    walks INT NOT NULL DEFAULT 0,
    rating INT NOT NULL DEFAULT 0,
    search TSVECTOR
);
CREATE TABLE walk (
    id INT PRIMARY KEY,
    trail_id INT NOT NULL REFERENCES trail ON UPDATE CASCADE ON DELETE CASCADE,
    person_id INT NOT NULL REFERENCES person ON DELETE CASCADE,
    note TEXT
);
CREATE TABLE photo (id INT PRIMARY KEY, walk_id INT REFERENCES walk ON DELETE CASCADE, title TEXT);
CREATE TABLE stage (id INT PRIMARY KEY, trail_code TEXT NOT NULL REFERENCES trail (code) ON UPDATE CASCADE, name TEXT);
CREATE TABLE tag (id INT PRIMARY KEY, label TEXT NOT NULL, uses INT NOT NULL DEFAULT 0);
CREATE TABLE trail_tag (
    trail_id INT NOT NULL REFERENCES trail ON UPDATE CASCADE ON DELETE CASCADE,
    tag_id INT NOT NULL REFERENCES tag ON DELETE CASCADE,
    PRIMARY KEY (trail_id, tag_id)
);
CREATE TABLE vote (
    trail_id INT NOT NULL REFERENCES trail ON UPDATE CASCADE ON DELETE CASCADE,
    person_id INT NOT NULL,
    value INT NOT NULL,
    PRIMARY KEY (trail_id, person_id)
);
CREATE TABLE guide (id INT PRIMARY KEY, person_id INT REFERENCES person ON DELETE SET NULL, since INT);
CREATE TABLE archive (id INT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE log (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line TEXT NOT NULL);
CREATE TABLE summary (id INT PRIMARY KEY, ratings INT NOT NULL);
CREATE TABLE statistic (id INT PRIMARY KEY, persons INT NOT NULL);
CREATE TABLE setting (id INT PRIMARY KEY, value TEXT);
CREATE VIEW known_trail AS SELECT id, title AS name FROM trail;

CREATE TABLE visit (id INT, year INT, trail_id INT REFERENCES trail ON DELETE CASCADE, PRIMARY KEY (id, year))
    PARTITION BY LIST (year);
CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES IN (2025);
CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES IN (2026);
CREATE TABLE visit_note (
    id INT PRIMARY KEY,
    visit_id INT,
    year INT,
    FOREIGN KEY (visit_id, year) REFERENCES visit ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE counted (id INT PRIMARY KEY, newcomers INT NOT NULL);
CREATE MATERIALIZED VIEW best AS SELECT id, rating FROM trail WHERE rating > 1;

CREATE FUNCTION count_walk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE trail SET walks = walks + 1 WHERE id = NEW.trail_id;
        RETURN NEW;
    ELSIF TG_OP = 'DELETE' THEN
        UPDATE trail AS t SET walks = t.walks - 1 FROM language AS l WHERE t.id = OLD.trail_id;
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER walked AFTER INSERT OR DELETE ON walk FOR EACH ROW EXECUTE FUNCTION count_walk();

CREATE FUNCTION count_tag() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP = 'INSERT') THEN UPDATE tag SET uses = uses + 1 WHERE id = NEW.tag_id; RETURN NEW; END IF;
    UPDATE tag SET uses = uses - 1 WHERE id = OLD.tag_id;
    RETURN OLD;
END $$;
CREATE TRIGGER tagged BEFORE INSERT OR DELETE ON trail_tag FOR EACH ROW EXECUTE FUNCTION count_tag();

CREATE FUNCTION rate(which INT, amount INT) RETURNS void LANGUAGE sql AS
    'UPDATE trail SET rating = rating + amount WHERE id = which';
CREATE FUNCTION count_vote() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before INT := CASE WHEN TG_OP = 'UPDATE' THEN OLD.value ELSE 0 END;
BEGIN
    PERFORM rate(NEW.trail_id, NEW.value - before) FROM setting;
    RETURN NULL;
END $$;
CREATE TRIGGER voted AFTER INSERT OR UPDATE OF value ON vote FOR EACH ROW EXECUTE FUNCTION count_vote();

CREATE FUNCTION make_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search := to_tsvector('simple', NEW.title || ' ' || (SELECT count(*) FROM tag));
    RETURN NEW;
END $$;
CREATE TRIGGER searchable BEFORE INSERT OR UPDATE ON trail FOR EACH ROW EXECUTE FUNCTION make_searchable();

CREATE FUNCTION sum_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO summary VALUES (1, NEW.rating)
        ON CONFLICT (id) DO UPDATE SET ratings = summary.ratings + NEW.rating - OLD.rating;
    RETURN NULL;
END $$;
CREATE TRIGGER rated AFTER UPDATE OF rating ON trail FOR EACH ROW EXECUTE FUNCTION sum_up();

CREATE FUNCTION note_title() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- DELETE FROM setting; says this comment
    INSERT INTO log (line) VALUES ('UPDATE setting SET value = ' || replace(NEW.title, 'a', 'b'));
    PERFORM 1 FROM setting FOR UPDATE;
    RETURN NULL;
END $$;
CREATE TRIGGER retitled AFTER UPDATE OF title, code ON trail FOR EACH ROW EXECUTE FUNCTION note_title();

CREATE FUNCTION count_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE statistic SET persons = (SELECT count(*) FROM person);
    IF TG_OP = 'DELETE' THEN
        WITH gone AS (SELECT id, name FROM old_person) INSERT INTO archive SELECT * FROM gone;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER joined AFTER INSERT ON person EXECUTE FUNCTION count_person();
CREATE TRIGGER gone AFTER DELETE ON person REFERENCING OLD TABLE AS old_person EXECUTE FUNCTION count_person();

CREATE FUNCTION refresh_best() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN REFRESH MATERIALIZED VIEW best; RETURN NULL; END';
CREATE TRIGGER emptied AFTER TRUNCATE ON setting EXECUTE FUNCTION refresh_best();

CREATE FUNCTION count_newcomer() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN UPDATE counted SET newcomers = newcomers + 1; RETURN NULL; END';
CREATE TRIGGER came AFTER INSERT ON visit_2026 FOR EACH ROW EXECUTE FUNCTION count_newcomer();

CREATE RULE told AS ON UPDATE TO guide DO ALSO UPDATE setting SET value = 'told' WHERE id = NEW.id;
