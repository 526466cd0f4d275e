// The floor for keeping what was decided: SQLite writing COUNT rows of BYTES bytes in one transaction, durably.
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int code, sqlite3 *db) {
    if (code != SQLITE_OK && code != SQLITE_DONE && code != SQLITE_ROW) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(db));
        exit(1);
    }
}

int main(int count_of_words, char **words) {
    if (count_of_words != 4) {
        fprintf(stderr, "usage: sqlite_write FILE COUNT BYTES\n");
        return 64;
    }
    long count = atol(words[2]);
    int bytes = atoi(words[3]);
    sqlite3 *db;
    check(sqlite3_open(words[1], &db), db);
    check(sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                           "CREATE TABLE t(id INTEGER PRIMARY KEY, body TEXT); BEGIN", 0, 0, 0), db);
    sqlite3_stmt *insert;
    check(sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?, ?)", -1, &insert, 0), db);
    char *body = malloc(bytes + 1);
    memset(body, 'x', bytes);
    for (long row = 1; row <= count; row++) {
        sqlite3_bind_int64(insert, 1, row);
        sqlite3_bind_text(insert, 2, body, bytes, SQLITE_STATIC);
        check(sqlite3_step(insert), db);
        check(sqlite3_reset(insert), db);
    }
    sqlite3_finalize(insert);
    check(sqlite3_exec(db, "COMMIT", 0, 0, 0), db);
    check(sqlite3_close(db), db);
    return 0;
}
