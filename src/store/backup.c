/* backup.c -- a database as a whole: copied while it is in use, sealed by the SM3 of the file, and put back only where the seal
 * holds and nothing is overwritten. Also the database's own check of itself. */
#include "store/backup.h"
#include "base/crypt.h"
#include "store/driver.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

static const char *digest(const char *path, char hex[2 * SM3_LEN + 1])
{
	struct sm3 *h;
	uint8_t out[SM3_LEN];
	char *piece;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return "读不到备份文件，请检查路径和权限";
	if (!(piece = malloc(PIECE)))
		abort();
	h = crypt_sm3_new();
	while ((n = read(fd, piece, PIECE)) > 0)
		crypt_sm3_add(h, piece, (size_t)n);
	crypt_sm3_end(h, out);
	close(fd);
	free(piece);
	for (unsigned i = 0; i < SM3_LEN; i++)
		snprintf(hex + 2 * i, 3, "%02x", out[i]);
	return n < 0 ? "读备份文件时出错，请检查磁盘" : NULL;
}

const char *file_sync(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = open(path, O_RDONLY | O_CLOEXEC), dir = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool good = fd >= 0 && dir >= 0 && !fsync(fd) && !fsync(dir);

	if (fd >= 0)
		close(fd);
	if (dir >= 0)
		close(dir);
	free(folder);
	return good ? NULL : "写盘失败，请检查磁盘";
}

const char *seal_write(const char *path)
{
	char hex[2 * SM3_LEN + 1], name[4096];
	const char *why = digest(path, hex), *slash = strrchr(path, '/');
	FILE *f;

	if (why)
		return why;
	snprintf(name, sizeof name, "%s.sm3", path);
	if (!(f = fopen(name, "we")))
		return "不能写校验文件，请检查目录权限";
	fprintf(f, "%s  %s\n", hex, slash ? slash + 1 : path);
	return fclose(f) ? "写校验文件失败，请检查磁盘空间" : file_sync(name);
}

const char *seal_check(const char *path)
{
	char hex[2 * SM3_LEN + 1], name[4096], kept[2 * SM3_LEN + 1] = "";
	const char *why = digest(path, hex);
	FILE *f;
	size_t n;

	if (why)
		return why;
	snprintf(name, sizeof name, "%s.sm3", path);
	if (!(f = fopen(name, "re")))
		return "找不到备份旁边的校验文件（.sm3），不能确认备份完好，没有恢复";
	n = fread(kept, 1, sizeof kept - 1, f);
	fclose(f);
	return n == sizeof kept - 1 && !memcmp(kept, hex, n) ? NULL : "备份文件与它的校验值（.sm3）不符，文件已损坏或被改动，没有恢复";
}

const char *file_copy(const char *from, const char *to)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	char *piece = malloc(PIECE);
	ssize_t n = -1;

	if (!piece)
		abort();
	if (in >= 0 && out >= 0)
		while ((n = read(in, piece, PIECE)) > 0)
			if (write(out, piece, (size_t)n) != n) {
				n = -1;
				break;
			}
	if (out >= 0 && (fsync(out) || close(out)))
		n = -1;
	if (in >= 0)
		close(in);
	free(piece);
	return n == 0 ? NULL : "复制文件失败，请检查磁盘空间和目录权限";
}

static const char *copy_pages(sqlite3 *from, sqlite3 *to)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int code = b ? sqlite3_backup_step(b, -1) : SQLITE_ERROR;   /* one read snapshot: writers go on meanwhile */

	if (sqlite3_backup_finish(b) != SQLITE_OK || code != SQLITE_DONE)
		return "备份写入失败，请检查磁盘空间";
	return sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL) == SQLITE_OK ? NULL : "备份写入失败，请检查磁盘空间";
}

static const char *backup_file(const char *from, const char *to)
{
	sqlite3 *in = NULL, *out = NULL;
	const char *why = "备份文件不能建立，请检查目录权限";
	int fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return errno == EEXIST ? "备份文件已存在，请换一个文件名" : why;
	close(fd);
	if (sqlite3_open_v2(from, &in, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
	    && sqlite3_open_v2(to, &out, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK) {
		sqlite3_busy_timeout(in, 15000);
		why = copy_pages(in, out);
	}
	sqlite3_close(in);
	if (sqlite3_close(out) != SQLITE_OK && !why)
		why = "备份写入失败，请检查磁盘空间";
	if (!why)
		why = file_sync(to);
	if (why)
		unlink(to);
	return why;
}

/* Written under another name first: a name that is there is a whole backup. */
enum rc store_backup(struct store *st, const char *to_path, const char **why)
{
	const char *url = store_secret_url(st), *fault;
	char part[4096];

	snprintf(part, sizeof part, "%s.part", to_path);
	unlink(part);
	if (strlen(to_path) > sizeof part - 32 || !access(to_path, F_OK))
		fault = "备份文件已存在，请换一个文件名";
	else
		fault = store_kind(st) == STORE_SQLITE ? backup_file(url, part) : pg_backup(url, part);
	if (!fault && rename(part, to_path))
		fault = "备份文件不能改名，请检查目录权限";
	if (!fault && !(fault = file_sync(to_path)))
		fault = seal_write(to_path);
	if (fault)
		unlink(part);
	*why = fault;
	return fault ? RC_STORE : RC_OK;
}

/* Nothing there, or a database without a table. */
static bool is_empty(const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	struct stat s;
	bool empty = false;

	if (stat(path, &s))
		return errno == ENOENT;
	if (!s.st_size && access(path, W_OK) == 0)
		return true;
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK
	    && sqlite3_prepare_v2(db, "SELECT count(*) FROM sqlite_schema", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
		empty = sqlite3_column_int(st, 0) == 0;
	sqlite3_finalize(st);
	sqlite3_close(db);
	return empty;
}

static bool is_whole(const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	bool good = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK
		&& sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW
		&& !strcmp((const char *)sqlite3_column_text(st, 0), "ok");

	sqlite3_finalize(st);
	sqlite3_close(db);
	return good;
}

static const char *restore_file(const char *path, const char *from)
{
	char part[4096], stale[4096];
	const char *why;

	if (strlen(path) > sizeof part - 32)
		return "数据库路径太长";
	if (!is_empty(path))
		return "目标数据库里已有数据，恢复不会覆盖它；请换一个新的路径，或先把旧文件移走";
	snprintf(part, sizeof part, "%s.restoring", path);
	unlink(part);
	if (!(why = file_copy(from, part)) && !is_whole(part))
		why = "备份文件不是完好的数据库，没有恢复";
	for (unsigned i = 0; !why && i < 2; i++) {         /* an old log would be played into the new file */
		snprintf(stale, sizeof stale, "%s%s", path, i ? "-shm" : "-wal");
		if (unlink(stale) && errno != ENOENT)
			why = "不能移走旧的日志文件，请检查目录权限";
	}
	if (!why && rename(part, path))
		why = "不能写入数据库路径，请检查目录权限";
	if (why)
		unlink(part);
	return why ? why : file_sync(path);
}

enum rc store_restore(const char *url, const char *from_path, const char **why)
{
	const char *fault = seal_check(from_path);

	if (!fault)
		fault = !strncmp(url, "sqlite:", 7) ? restore_file(url + 7, from_path)
			: !strncmp(url, "postgres", 8) ? pg_restore_into(url, from_path)
			: "看不懂数据库地址：应为 sqlite:文件路径 或 postgresql://…";
	*why = fault;
	return fault ? RC_STORE : RC_OK;
}
