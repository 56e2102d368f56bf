DELETE FROM t; DELETE FROM u; DELETE FROM w; DELETE FROM tree; DELETE FROM bystander; DELETE FROM ids;
INSERT INTO t VALUES (1, 10, 1, 'one', '{"k": [1, 2], "o": {"p": "q"}}', '{x,y}', (1, 'g'), 1.5, '2026-01-02', '2026-01-02 03:04:05+00', '[1,5)', '10.0.0.1/8', '(1,2)', '1010', '1 day');
INSERT INTO t VALUES (2, 20, 2, 'two', '{"k": null}', '{z}', (2, 'h'), 2.5, '2026-02-03', '2026-02-03 04:05:06+00', '[5,9)', '192.168.0.1', '(3,4)', '0101', '2 hours'), (3, NULL, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO u VALUES (1, 1, 10, 'eins'), (2, 2, 30, 'zwei'), (3, NULL, 3, 'drei');
INSERT INTO w VALUES (1, 1, 'un'), (2, 2, 'deux'), (3, 0, 'trois');
INSERT INTO tree VALUES (1, NULL, 'root'), (2, 1, 'left'), (3, 1, 'right'), (4, 2, 'leaf');
INSERT INTO bystander VALUES (1, 1), (2, 2);
INSERT INTO ids VALUES (11), (12);
