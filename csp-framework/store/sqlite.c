/* SPDX-License-Identifier: MIT */
/* The store on disk: one table in DIR/store.db. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "csp-framework/store/counting_vfs.h"
#include "csp-framework/store/store.h"

enum {
  APPLICATION_ID = 0x6F6D6164, /* "omad" */
  BUSY_MS = 5000,
  MOST_ANEW = 8 * 1024 * 1024 /* octets that are written anew to erase a secret */
};

/* Step i makes version i + 1 out of version i. */
static const char *const migrations[] = {
    "CREATE TABLE entry(t INTEGER NOT NULL, k BLOB NOT NULL, v BLOB NOT NULL, PRIMARY KEY(t, k)) "
    "WITHOUT ROWID;",
    "", /* the table of properties, and nodes that hold their version number */
};
enum { VERSION = sizeof migrations / sizeof *migrations };

enum statement { GET, FROM, AFTER, PUT, DROP, BEGIN, COMMIT, ROLLBACK, STATEMENTS };

static const char *const statement_texts[STATEMENTS] = {
    [GET] = "SELECT v FROM entry WHERE t = ?1 AND k = ?2",
    [FROM] = "SELECT v, k FROM entry WHERE t = ?1 AND k >= ?2 ORDER BY k LIMIT 1",
    [AFTER] = "SELECT v, k FROM entry WHERE t = ?1 AND k > ?2 ORDER BY k LIMIT 1",
    [PUT] = "REPLACE INTO entry(t, k, v) VALUES(?1, ?2, ?3)",
    [DROP] = "DELETE FROM entry WHERE t = ?1 AND k = ?2",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
};

typedef struct sqlite_store {
  omadm_store base;
  counting_vfs vfs;
  sqlite3 *db;
  sqlite3_stmt *statement[STATEMENTS];
  uint64_t statements;
  omadm_buf key, value; /* lent by get and next */
  char path[]; /* of the file */
} sqlite_store;

static const omadm_store_ops sqlite_ops;

/* ---- failures ---- */

/* A sentence for what SQLite answered: what to do depends on it. */
static omadm_err fail(const sqlite_store *s, int rc, const char *doing, omadm_error *error) {
  static const struct {
    int code;
    omadm_err err;
    const char *advice;
  } rows[] = {
      {SQLITE_CORRUPT, OMADM_E_STORE,
       "the file is damaged: move it away with its -wal file, or put a copy of it back"},
      {SQLITE_NOTADB, OMADM_E_STORE,
       "this is no SQLite database: move the file away, or put a copy of the right one back"},
      {SQLITE_FULL, OMADM_E_STORE, "the disk is full: make room; nothing was changed"},
      {SQLITE_IOERR, OMADM_E_STORE,
       "the disk refuses: look into the kernel's log and for room on it; nothing was changed"},
      {SQLITE_READONLY, OMADM_E_STORE, "it may not be written: look at its owner and mode"},
      {SQLITE_CANTOPEN, OMADM_E_STORE,
       "it cannot be opened: look at the owner and mode of its folder"},
      {SQLITE_PERM, OMADM_E_STORE, "it may not be used: look at its owner and mode"},
      {SQLITE_BUSY, OMADM_E_LOCKED, "another process uses it"},
      {SQLITE_NOMEM, OMADM_E_NOMEM, "out of memory"},
  };
  const char *advice = "nothing was changed";
  omadm_err err = OMADM_E_STORE;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if ((rc & 0xFF) != rows[i].code) continue;
    advice = rows[i].advice;
    err = rows[i].err;
  }
  errno = s->db != NULL ? sqlite3_system_errno(s->db) : 0;
  return omadm_error_set(error, err, "%.200s: %s: %.120s (%s)", s->path, doing,
                         s->db != NULL ? sqlite3_errmsg(s->db) : sqlite3_errstr(rc), advice);
}

static int run(sqlite_store *s, const char *sql) {
  s->statements++;
  return sqlite3_exec(s->db, sql, NULL, NULL, NULL);
}

/* Steps a prepared statement once; what it holds stays until release. */
static int step(sqlite_store *s, enum statement which) {
  s->statements++;
  return sqlite3_step(s->statement[which]);
}

/* Ends a statement, so that it holds no lock. */
static void release(sqlite_store *s, enum statement which) {
  sqlite3_reset(s->statement[which]);
  sqlite3_clear_bindings(s->statement[which]);
}

static int run_prepared(sqlite_store *s, enum statement which) {
  int rc = step(s, which);
  release(s, which);
  return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int bind_octets(sqlite3_stmt *statement, int i, omadm_str octets) {
  /* A NULL pointer would bind NULL, which is no octets at all and not the same as none. */
  return sqlite3_bind_blob64(statement, i, octets.len > 0 ? octets.ptr : "", octets.len,
                             SQLITE_STATIC);
}

static int bind(sqlite_store *s, enum statement which, omadm_store_table table, omadm_str key) {
  int rc = sqlite3_bind_int(s->statement[which], 1, (int)table);
  return rc == SQLITE_OK ? bind_octets(s->statement[which], 2, key) : rc;
}

/* ---- reading ---- */

/* Copies a column, since the statement must end before the answer is given. */
static omadm_err copy_column(sqlite_store *s, enum statement which, int column, omadm_buf *to,
                             omadm_str *octets) {
  const void *blob = sqlite3_column_blob(s->statement[which], column);
  size_t n = (size_t)sqlite3_column_bytes(s->statement[which], column);
  to->len = 0;
  if (blob == NULL && n > 0) return OMADM_E_NOMEM;
  omadm_err err = omadm_buf_reserve(to, n + 1);
  if (err == 0) err = omadm_buf_add(to, blob, n);
  *octets = omadm_buf_str(to);
  return err;
}

/* Runs a query for one row: v, and k where key is wanted. */
static omadm_err query(sqlite_store *s, enum statement which, omadm_store_table table,
                       omadm_str bound, omadm_str *key, omadm_str *value, omadm_error *error) {
  int rc = bind(s, which, table, bound);
  if (rc == SQLITE_OK) rc = step(s, which);
  omadm_err err = OMADM_E_NOT_FOUND;
  if (rc == SQLITE_ROW) {
    err = copy_column(s, which, 0, &s->value, value);
    if (err == 0 && key != NULL) err = copy_column(s, which, 1, &s->key, key);
    if (err != 0) omadm_error_set(error, err, "no memory for a value of the store");
  } else if (rc != SQLITE_DONE) {
    err = fail(s, rc, "reading", error);
  }
  release(s, which);
  return err;
}

static omadm_err sqlite_get(omadm_store *store, omadm_store_table table, omadm_str key,
                            omadm_str *value, omadm_error *error) {
  return query((sqlite_store *)store, GET, table, key, NULL, value, error);
}

static omadm_err sqlite_next(omadm_store *store, omadm_store_table table, omadm_str prefix,
                             omadm_str after, omadm_str *key, omadm_str *value,
                             omadm_error *error) {
  bool before = omadm_str_compare(after, prefix) < 0;
  omadm_err err = query((sqlite_store *)store, before ? FROM : AFTER, table,
                        before ? prefix : after, key, value, error);
  if (err != 0) return err;
  /* Keys with the prefix stand together: if the first one behind the bound lacks it, there is none.
   */
  omadm_str start = {key->ptr, key->len < prefix.len ? key->len : prefix.len};
  return omadm_str_equal(start, prefix) ? 0 : OMADM_E_NOT_FOUND;
}

/* ---- writing ---- */

static int write_change(sqlite_store *s, const omadm_store_change *change) {
  enum statement which = change->value.ptr != NULL ? PUT : DROP;
  int rc = bind(s, which, change->table, change->key);
  if (rc == SQLITE_OK && which == PUT) rc = bind_octets(s->statement[PUT], 3, change->value);
  return rc == SQLITE_OK ? run_prepared(s, which) : rc;
}

static omadm_err sqlite_apply(omadm_store *store, const omadm_store_change *changes, size_t n,
                              omadm_error *error) {
  sqlite_store *s = (sqlite_store *)store;
  omadm_err err = store_check_changes(changes, n, error);
  if (err != 0 || n == 0) return err;
  int rc = run_prepared(s, BEGIN);
  if (rc != SQLITE_OK) return fail(s, rc, "beginning a change", error);
  for (size_t i = 0; i < n && rc == SQLITE_OK; i++)
    rc = write_change(s, &changes[i]);
  if (rc == SQLITE_OK) rc = run_prepared(s, COMMIT);
  if (rc == SQLITE_OK) return 0;
  err = fail(s, rc, "writing", error);
  /* A full disk may have rolled back already. */
  if (sqlite3_get_autocommit(s->db) == 0) run_prepared(s, ROLLBACK);
  return err;
}

/* ---- erasing ---- */

/* The number that a query answers. */
static int ask(sqlite_store *s, const char *sql, sqlite3_int64 *number) {
  sqlite3_stmt *statement = NULL;
  int rc = sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL);
  s->statements++;
  if (rc == SQLITE_OK) rc = sqlite3_step(statement);
  if (rc == SQLITE_ROW) *number = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* Brings everything from the log into the database and cuts the log to nothing: a value that was
 * overwritten or deleted, a secret maybe, would stay in it. Where that fails, another process
 * reads, or the disk is full, and the next one does it. */
static int scrub(sqlite_store *s) {
  s->statements++;
  return sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

/* May the file be written anew? That takes memory of its size, and a server can ask for it with
 * each message. */
static bool is_small(sqlite_store *s) {
  sqlite3_int64 pages = 0;
  sqlite3_int64 size = 0;
  return ask(s, "PRAGMA page_count", &pages) == SQLITE_OK &&
         ask(s, "PRAGMA page_size", &size) == SQLITE_OK && size > 0 && pages <= MOST_ANEW / size;
}

/* secure_delete clears a cell that goes. But where pages were balanced, copies of cells that moved
 * stay in the free space between them; a database that is written anew has none. Where there is no
 * room for that, the log goes at least. */
static omadm_err sqlite_erase(omadm_store *store, omadm_store_erasure how, omadm_error *error) {
  sqlite_store *s = (sqlite_store *)store;
  int anew = how == OMADM_STORE_ERASE_ALL && is_small(s) ? run(s, "VACUUM") : SQLITE_OK;
  int rc = scrub(s);
  if (rc == SQLITE_OK) rc = anew;
  return rc == SQLITE_OK ? OMADM_OK : fail(s, rc, "erasing what was overwritten", error);
}

/* ---- opening ---- */

/* A folder that was just made is lost in a power cut until its parent is written. */
static bool sync_parent(const char *dir) {
  int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int parent = fd >= 0 ? openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  /* EINVAL: the file system keeps folders in some other way. */
  bool synced = parent >= 0 && (fsync(parent) == 0 || errno == EINVAL);
  int saved = errno;
  if (parent >= 0) close(parent);
  if (fd >= 0) close(fd);
  errno = saved;
  return synced;
}

static omadm_err make_folder(const char *dir, omadm_error *error) {
  struct stat st;
  bool made = mkdir(dir, 0700) == 0;
  if (!made && errno != EEXIST) {
    return omadm_error_set(error, OMADM_E_IO, "%.200s: the folder of the store cannot be made: %s",
                           dir, strerror(errno));
  }
  if (made && !sync_parent(dir)) {
    return omadm_error_set(error, OMADM_E_IO,
                           "%.200s: the folder of the store cannot be synced: %s", dir,
                           strerror(errno));
  }
  if (stat(dir, &st) == 0 && S_ISDIR(st.st_mode)) return 0;
  return omadm_error_set(error, OMADM_E_IO,
                         "%.200s: the store needs a folder here, and this is none", dir);
}

static omadm_err make_file(const char *path, omadm_error *error) {
  struct stat st;
  /* SQLite gives its side files the mode of the database, so that one is made first. */
  int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd >= 0) {
    close(fd);
    return 0;
  }
  if (errno != EEXIST || lstat(path, &st) != 0) {
    return omadm_error_set(error, OMADM_E_IO, "%.200s: the store cannot be made: %s", path,
                           strerror(errno));
  }
  if (!S_ISREG(st.st_mode))
    return omadm_error_set(error, OMADM_E_IO, "%.200s: not a plain file", path);
  /* It holds secrets. Where it belongs to somebody else the mode is theirs to answer for. */
  if ((st.st_mode & 077) != 0 && chmod(path, 0600) != 0) {
    return omadm_error_set(error, OMADM_E_IO,
                           "%.200s: others may read it, and its mode cannot be changed: %s", path,
                           strerror(errno));
  }
  return 0;
}

/* Brings the file to this version, in one transaction. */
static omadm_err migrate(sqlite_store *s, omadm_error *error) {
  sqlite3_int64 version = 0;
  sqlite3_int64 application = 0;
  sqlite3_int64 tables = 0;
  int rc = run(s, "BEGIN IMMEDIATE");
  if (rc == SQLITE_OK) rc = ask(s, "PRAGMA user_version", &version);
  if (rc == SQLITE_OK) rc = ask(s, "PRAGMA application_id", &application);
  if (rc == SQLITE_OK) rc = ask(s, "SELECT count(*) FROM sqlite_schema", &tables);
  omadm_err err = rc != SQLITE_OK ? fail(s, rc, "opening", error) : 0;
  if (err == 0 && application != APPLICATION_ID && (application != 0 || tables > 0)) {
    err = omadm_error_set(error, OMADM_E_STORE,
                          "%.200s: a database of another program: choose another folder", s->path);
  } else if (err == 0 && (version < 0 || version > VERSION)) {
    err = omadm_error_set(
        error, OMADM_E_ABI,
        "%.200s: version %lld of the store, made by a newer omadm; this one knows up to %d: "
        "use the newer one, or another folder",
        s->path, (long long)version, (int)VERSION);
  }
  if (err == 0 && version < VERSION) {
    for (int i = (int)version; i < VERSION && rc == SQLITE_OK; i++)
      rc = run(s, migrations[i]);
    char text[80];
    snprintf(text, sizeof text, "PRAGMA user_version = %d; PRAGMA application_id = %d",
             (int)VERSION, (int)APPLICATION_ID);
    if (rc == SQLITE_OK) rc = run(s, text);
    if (rc != SQLITE_OK) err = fail(s, rc, "bringing it to this version", error);
  }
  rc = run(s, err == 0 ? "COMMIT" : "ROLLBACK");
  return err == 0 && rc != SQLITE_OK ? fail(s, rc, "opening", error) : err;
}

static int prepare_all(sqlite_store *s) {
  int rc = SQLITE_OK;
  for (int i = 0; i < STATEMENTS && rc == SQLITE_OK; i++) {
    rc = sqlite3_prepare_v3(s->db, statement_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
                            &s->statement[i], NULL);
  }
  return rc;
}

static omadm_err open_database(sqlite_store *s, omadm_error *error) {
  /* trusted_schema and cell_size_check: the file may have been made by somebody who wishes us ill.
   * temp_store: no value goes into a file elsewhere. */
  static const char settings[] =
      "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = OFF;"
      "PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL; PRAGMA "
      "synchronous = FULL;";
  int rc = counting_vfs_init(&s->vfs);
  if (rc == SQLITE_OK) {
    /* One thread, as the contract says: SQLite needs no mutexes for this connection. */
    rc = sqlite3_open_v2(s->path, &s->db,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE,
                         s->vfs.name);
  }
  if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(s->db, BUSY_MS);
  if (rc == SQLITE_OK) rc = sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
  if (rc == SQLITE_OK) rc = run(s, settings);
  if (rc != SQLITE_OK) return fail(s, rc, "opening", error);
  omadm_err err = migrate(s, error);
  if (err != 0) return err;
  rc = prepare_all(s);
  if (rc != SQLITE_OK) return fail(s, rc, "its tables are not those of a store", error);
  (void)scrub(s);
  return 0;
}

static void sqlite_close(omadm_store *store) {
  sqlite_store *s = (sqlite_store *)store;
  for (int i = 0; i < STATEMENTS; i++)
    sqlite3_finalize(s->statement[i]);
  if (s->db != NULL) (void)scrub(s);
  sqlite3_close(s->db);
  counting_vfs_dispose(&s->vfs);
  omadm_buf_dispose(&s->key);
  omadm_buf_dispose(&s->value);
  omadm_mem_free(&omadm_mem_default, s);
}

omadm_err omadm_store_open(const char *dir, omadm_store **store, omadm_error *error) {
  *store = NULL;
  size_t room = strlen(dir) + sizeof "/store.db";
  sqlite_store *s = omadm_mem_new(&omadm_mem_default, 1, sizeof *s + room);
  if (s == NULL)
    return omadm_error_set(error, OMADM_E_NOMEM, "%.200s: no memory to open the store", dir);
  s->base.ops = &sqlite_ops;
  snprintf(s->path, room, "%s/store.db", dir);
  omadm_buf_init(&s->key, &omadm_mem_default, 0);
  omadm_buf_init(&s->value, &omadm_mem_default, 0);
  omadm_err err = make_folder(dir, error);
  if (err == 0) err = make_file(s->path, error);
  if (err == 0) err = open_database(s, error);
  if (err != 0) {
    sqlite_close(&s->base);
    return err;
  }
  *store = &s->base;
  return 0;
}

omadm_err store_sqlite_limit(omadm_store *store, uint64_t octets, omadm_error *error) {
  sqlite_store *s = (sqlite_store *)store;
  char text[64];
  sqlite3_int64 page = 0;
  if (store->ops != &sqlite_ops) return 0;
  int rc = ask(s, "PRAGMA page_size", &page);
  if (rc == SQLITE_OK && page > 0) {
    uint64_t pages = octets / (uint64_t)page;
    snprintf(text, sizeof text, "PRAGMA max_page_count = %u",
             (unsigned)(pages < 4294967294U ? pages : 4294967294U));
    rc = run(s, text);
  }
  return rc == SQLITE_OK ? 0 : fail(s, rc, "limiting its size", error);
}

void store_sqlite_counters(const omadm_store *store, uint64_t *statements, uint64_t *syncs) {
  const sqlite_store *s = (const sqlite_store *)store;
  bool ours = store->ops == &sqlite_ops;
  *statements = ours ? s->statements : 0;
  *syncs = ours ? s->vfs.syncs : 0;
}

static const omadm_store_ops sqlite_ops = {.struct_size = sizeof sqlite_ops,
                                           .get = sqlite_get,
                                           .next = sqlite_next,
                                           .apply = sqlite_apply,
                                           .close = sqlite_close,
                                           .erase = sqlite_erase};
