-- The same hiking club, on MariaDB, whose cascades fire no triggers.
CREATE TABLE language (id INT PRIMARY KEY, name VARCHAR(50) NOT NULL);
CREATE TABLE trail (
    id INT PRIMARY KEY,
    code VARCHAR(50) NOT NULL UNIQUE,
    title VARCHAR(50) NOT NULL,
    language_id INT,
    walks INT NOT NULL DEFAULT 0,
    rating INT NOT NULL DEFAULT 0,
    initial VARCHAR(1),
    FOREIGN KEY (language_id) REFERENCES language (id) ON UPDATE CASCADE ON DELETE SET NULL
);
CREATE TABLE walk (
    id INT PRIMARY KEY,
    trail_id INT NOT NULL,
    person_id INT NOT NULL,
    note VARCHAR(50),
    FOREIGN KEY (trail_id) REFERENCES trail (id) ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE CASCADE
);
CREATE TABLE photo (
    id INT PRIMARY KEY,
    walk_id INT,
    title VARCHAR(50),
    FOREIGN KEY (walk_id) REFERENCES walk (id) ON DELETE CASCADE
);
CREATE TABLE stage (
    id INT PRIMARY KEY,
    trail_code VARCHAR(50) NOT NULL,
    name VARCHAR(50),
    FOREIGN KEY (trail_code) REFERENCES trail (code) ON UPDATE CASCADE
);
CREATE TABLE tag (id INT PRIMARY KEY, label VARCHAR(50) NOT NULL, uses INT NOT NULL DEFAULT 0);
CREATE TABLE trail_tag (
    trail_id INT NOT NULL,
    tag_id INT NOT NULL,
    PRIMARY KEY (trail_id, tag_id),
    FOREIGN KEY (trail_id) REFERENCES trail (id) ON UPDATE CASCADE ON DELETE CASCADE,
    FOREIGN KEY (tag_id) REFERENCES tag (id) ON DELETE CASCADE
);
CREATE TABLE vote (
    trail_id INT NOT NULL,
    person_id INT NOT NULL,
    value INT NOT NULL,
    PRIMARY KEY (trail_id, person_id),
    FOREIGN KEY (trail_id) REFERENCES trail (id) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE guide (
    id INT PRIMARY KEY,
    person_id INT,
    since INT,
    FOREIGN KEY (person_id) REFERENCES person (id) ON DELETE SET NULL
);
CREATE TABLE archive (id INT PRIMARY KEY, name VARCHAR(100) NOT NULL);
CREATE TABLE log (id INT AUTO_INCREMENT PRIMARY KEY, line VARCHAR(200) NOT NULL);
CREATE TABLE summary (id INT PRIMARY KEY, ratings INT NOT NULL);
CREATE TABLE statistic (id INT PRIMARY KEY, persons INT NOT NULL);
CREATE TABLE setting (id INT PRIMARY KEY, value VARCHAR(50));
CREATE VIEW known_trail AS SELECT id, title AS name FROM trail;

CREATE TRIGGER walked AFTER INSERT ON walk FOR EACH ROW
    UPDATE trail SET walks = walks + 1 WHERE id = NEW.trail_id;
CREATE TRIGGER unwalked AFTER DELETE ON walk FOR EACH ROW
    UPDATE trail SET walks = walks - 1 WHERE id = OLD.trail_id;
CREATE TRIGGER tagged AFTER INSERT ON trail_tag FOR EACH ROW UPDATE tag SET uses = uses + 1 WHERE id = NEW.tag_id;
CREATE TRIGGER untagged AFTER DELETE ON trail_tag FOR EACH ROW UPDATE tag SET uses = uses - 1 WHERE id = OLD.tag_id;
CREATE PROCEDURE rate(which INT, amount INT) UPDATE trail SET rating = rating + amount WHERE id = which;
CREATE TRIGGER voted AFTER INSERT ON vote FOR EACH ROW CALL rate(NEW.trail_id, NEW.value);
CREATE TRIGGER revoted AFTER UPDATE ON vote FOR EACH ROW BEGIN
    IF NEW.value <> OLD.value THEN
        CALL rate(NEW.trail_id, NEW.value - OLD.value);
    END IF;
END;
CREATE TRIGGER headed BEFORE UPDATE ON trail FOR EACH ROW SET NEW.initial = left(NEW.title, 1);
CREATE TRIGGER rated AFTER UPDATE ON trail FOR EACH ROW BEGIN
    IF NEW.rating <> OLD.rating THEN
        INSERT INTO summary VALUES (1, NEW.rating)
            ON DUPLICATE KEY UPDATE ratings = ratings + NEW.rating - OLD.rating;
    END IF;
    IF NEW.title <> OLD.title OR NEW.code <> OLD.code THEN
        -- DELETE FROM setting; says this comment
        INSERT INTO log (line) VALUES (concat('UPDATE setting SET value = ', replace(NEW.title, 'a', 'b')));
    END IF;
END;
CREATE TRIGGER joined AFTER INSERT ON person FOR EACH ROW UPDATE statistic SET persons = persons + 1;
CREATE TRIGGER gone AFTER DELETE ON person FOR EACH ROW BEGIN
    INSERT INTO archive VALUES (OLD.id, OLD.name);
    UPDATE statistic SET persons = persons - 1;
END;
