/* cli.h -- what the commands share: the database of this run, transactions as the system, reading arguments and files. */
#pragma once
#include "engine/account.h"
#include "engine/more.h"
#include <getopt.h>

enum { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_USAGE = 2 };
struct cli {
	const char *url, *usage;
	struct arena *arena;
	struct store *store;
	struct caller who;
	bool quiet;                                             /* no report of an import */
};
enum open_how { OPEN_OLD /* refuses a database that must be migrated */, OPEN_MIGRATE /* brings it up to date */, OPEN_NEW /* makes it */ };
typedef enum rc cli_fn(struct ctx *, void *);

/* 0, or an exit code after saying why. Loads keys, leases a writer number, loads the dated rules. */
int  cli_open(struct cli *, enum open_how, unsigned readers);
void cli_close(struct cli *);
/* fn in a transaction with SYSTEM's eyes; problems are said on standard error */
enum rc cli_read(struct cli *, cli_fn *, void *arg);
enum rc cli_write(struct cli *, cli_fn *, void *arg);
enum rc cli_write_alone(struct cli *, cli_fn *, void *arg);
void cli_problems(const struct ctx *, enum rc);
int  cli_usage(const struct cli *);                           /* says how; EXIT_USAGE */
int  cli_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));          /* says why; EXIT_BAD */
bool cli_file(struct arena *, const char *path, size_t max, const char **bytes, size_t *n);   /* "-": standard input; says why not */
bool cli_store_file(const char *path, const char *bytes, size_t n);                     /* readable by the owner only */
const struct entity *cli_room(const char *name);              /* says so when unknown */
bool cli_seed(struct cli *);                                  /* divisions, code lists, dated rules: what is missing */
const char *cli_new_password(struct arena *);

typedef int command(struct cli *, int argc, char **argv);
command cmd_serve, cmd_init, cmd_migrate, cmd_import, cmd_export, cmd_backup, cmd_restore, cmd_verify, cmd_user, cmd_token, cmd_audit, cmd_outbox,
	cmd_docs, cmd_openapi, cmd_lint, cmd_demo;
enum rc import_bytes(struct cli *, const struct entity *, const char *bytes, size_t n, bool dry_run, bool partial, const char *errors, bool json, int *exit_code);
