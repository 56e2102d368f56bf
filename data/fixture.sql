-- The demo's tables and rows: 50 people, each with one address, in five cities of two countries.
-- Every person's postal code was picked at random, once; it stays what it is here.

CREATE TABLE country (
    id INTEGER PRIMARY KEY NOT NULL,
    name VARCHAR(100) NOT NULL
);

CREATE TABLE city (
    id INTEGER PRIMARY KEY NOT NULL,
    name VARCHAR(100) NOT NULL,
    country_id INTEGER NOT NULL REFERENCES country (id)
);

CREATE TABLE postal_code (
    id INTEGER PRIMARY KEY NOT NULL,
    code VARCHAR(10) NOT NULL,
    city_id INTEGER NOT NULL REFERENCES city (id)
);

CREATE TABLE person (
    id INTEGER PRIMARY KEY NOT NULL,
    name VARCHAR(100) NOT NULL
);

CREATE TABLE address (
    id INTEGER PRIMARY KEY NOT NULL,
    person_id INTEGER NOT NULL REFERENCES person (id),
    street VARCHAR(200) NOT NULL,
    postal_code_id INTEGER REFERENCES postal_code (id)
);

INSERT INTO country (id, name) VALUES
    (1, 'United States'),
    (2, 'Canada');

INSERT INTO city (id, name, country_id) VALUES
    (1, 'Chicago', 1),
    (2, 'Montreal', 2),
    (3, 'Edmonton', 2),
    (4, 'New York', 1),
    (5, 'San Francisco', 1);

INSERT INTO postal_code (id, code, city_id) VALUES
    (1, '60601', 1), (2, '60602', 1), (3, '60603', 1), (4, '60604', 1),
    (5, 'H2S 3K9', 2), (6, 'H2B 1V4', 2), (7, 'H7G 2T8', 2),
    (8, 'T5J 1R9', 3), (9, 'T5J 1Z4', 3), (10, 'T5H 1P6', 3),
    (11, '10001', 4), (12, '10002', 4), (13, '10003', 4),
    (14, '10004', 4), (15, '10005', 4), (16, '10006', 4),
    (17, '94102', 5), (18, '94103', 5), (19, '94104', 5),
    (20, '94105', 5), (21, '94107', 5), (22, '94108', 5);

INSERT INTO person (id, name) VALUES
    (1, 'person 01'), (2, 'person 02'), (3, 'person 03'), (4, 'person 04'), (5, 'person 05'),
    (6, 'person 06'), (7, 'person 07'), (8, 'person 08'), (9, 'person 09'), (10, 'person 10'),
    (11, 'person 11'), (12, 'person 12'), (13, 'person 13'), (14, 'person 14'), (15, 'person 15'),
    (16, 'person 16'), (17, 'person 17'), (18, 'person 18'), (19, 'person 19'), (20, 'person 20'),
    (21, 'person 21'), (22, 'person 22'), (23, 'person 23'), (24, 'person 24'), (25, 'person 25'),
    (26, 'person 26'), (27, 'person 27'), (28, 'person 28'), (29, 'person 29'), (30, 'person 30'),
    (31, 'person 31'), (32, 'person 32'), (33, 'person 33'), (34, 'person 34'), (35, 'person 35'),
    (36, 'person 36'), (37, 'person 37'), (38, 'person 38'), (39, 'person 39'), (40, 'person 40'),
    (41, 'person 41'), (42, 'person 42'), (43, 'person 43'), (44, 'person 44'), (45, 'person 45'),
    (46, 'person 46'), (47, 'person 47'), (48, 'person 48'), (49, 'person 49'), (50, 'person 50');

INSERT INTO address (id, person_id, street, postal_code_id) VALUES
    (1, 1, 'street 01', 16), (2, 2, 'street 02', 9), (3, 3, 'street 03', 12),
    (4, 4, 'street 04', 21), (5, 5, 'street 05', 8), (6, 6, 'street 06', 16),
    (7, 7, 'street 07', 11), (8, 8, 'street 08', 3), (9, 9, 'street 09', 18),
    (10, 10, 'street 10', 11), (11, 11, 'street 11', 8), (12, 12, 'street 12', 22),
    (13, 13, 'street 13', 18), (14, 14, 'street 14', 3), (15, 15, 'street 15', 5),
    (16, 16, 'street 16', 12), (17, 17, 'street 17', 4), (18, 18, 'street 18', 12),
    (19, 19, 'street 19', 11), (20, 20, 'street 20', 8), (21, 21, 'street 21', 7),
    (22, 22, 'street 22', 3), (23, 23, 'street 23', 11), (24, 24, 'street 24', 20),
    (25, 25, 'street 25', 20), (26, 26, 'street 26', 14), (27, 27, 'street 27', 21),
    (28, 28, 'street 28', 3), (29, 29, 'street 29', 3), (30, 30, 'street 30', 20),
    (31, 31, 'street 31', 11), (32, 32, 'street 32', 21), (33, 33, 'street 33', 14),
    (34, 34, 'street 34', 1), (35, 35, 'street 35', 8), (36, 36, 'street 36', 11),
    (37, 37, 'street 37', 9), (38, 38, 'street 38', 14), (39, 39, 'street 39', 4),
    (40, 40, 'street 40', 7), (41, 41, 'street 41', 15), (42, 42, 'street 42', 9),
    (43, 43, 'street 43', 19), (44, 44, 'street 44', 15), (45, 45, 'street 45', 5),
    (46, 46, 'street 46', 9), (47, 47, 'street 47', 20), (48, 48, 'street 48', 7),
    (49, 49, 'street 49', 18), (50, 50, 'street 50', 19);
