/* keys.c -- the master key of a database and what is derived from it. Owns the only place where keys are in memory; loaded once
 * before the threads start. Never logs, stores or returns the master key. */
#include "base/crypt.h"
#include "base/text.h"
#include "engine/more.h"
#include "engine/inner_query.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct {
	bool loaded;
	uint8_t s3[32], s4[32], hash[32], session[32], cursor[32], proof[32];
} keys;

static void derive(const uint8_t master[32])
{
	crypt_derive(master, "field S3", keys.s3);
	crypt_derive(master, "field S4", keys.s4);
	crypt_derive(master, "hash", keys.hash);
	crypt_derive(master, "session", keys.session);
	crypt_derive(master, "cursor", keys.cursor);
	crypt_derive(master, "proof", keys.proof);
	keys.loaded = true;
}

/* 64 hex digits, blanks around them allowed. */
static bool from_hex(const char *text, size_t n, uint8_t master[32])
{
	char hex[65];

	while (n && (text[n - 1] == '\n' || text[n - 1] == '\r' || text[n - 1] == ' '))
		n--;
	if (n != 64)
		return false;
	memcpy(hex, text, 64);
	hex[64] = '\0';
	return text_unhex(hex, 32, master);
}

static bool read_file(struct arena *a, const char *path, uint8_t master[32], const char **why)
{
	char text[256];
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		*why = arena_printf(a, "密钥文件 %s 打不开（%s）；请放回建库时的密钥文件，或用 SANSHE_KEY_FILE 指明它的位置。", path, strerror(errno));
		return false;
	}
	n = read(fd, text, sizeof(text));
	close(fd);
	if (n > 0 && from_hex(text, (size_t)n, master)) {
		explicit_bzero(text, sizeof(text));
		return true;
	}
	*why = arena_printf(a, "密钥文件 %s 的内容不对：应为 64 位十六进制数字；请放回建库时的密钥文件。", path);
	return false;
}

/* A new key is on disk before anything is sealed with it. */
static bool make_file(struct arena *a, const char *path, uint8_t master[32], const char **why)
{
	char *hex;
	bool good;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		*why = arena_printf(a, "密钥文件 %s 无法新建（%s）；请检查目录权限。", path, strerror(errno));
		return false;
	}
	crypt_random(master, 32);
	hex = text_hex(a, master, 32);
	good = write(fd, hex, 64) == 64 && write(fd, "\n", 1) == 1 && !fsync(fd);
	explicit_bzero(hex, 64);
	if (close(fd) || !good) {
		unlink(path);
		*why = arena_printf(a, "密钥文件 %s 写不进去；请检查磁盘空间。", path);
		return false;
	}
	return true;
}

/* Where the key of this database lives; NULL: nowhere (a database in memory). */
static const char *key_path(struct arena *a, const char *url)
{
	const char *path = getenv("SANSHE_KEY_FILE");

	if (path && *path)
		return path;
	if (strncmp(url, "sqlite:", 7))
		return "sanshe.key";
	url += 7;
	if (!*url || !strncmp(url, ":memory:", 8))
		return NULL;
	return arena_printf(a, "%.*s.key", (int)strcspn(url, "?"), url);
}

enum rc keys_load(struct arena *a, const char *url, bool create, const char **why)
{
	const char *given = getenv("SANSHE_KEY"), *path;
	uint8_t master[32];
	bool good;

	if (given && *given) {
		good = from_hex(given, strlen(given), master);
		if (!good)
			*why = "环境变量 SANSHE_KEY 不对：应为 64 位十六进制数字。";
	} else if (!(path = key_path(a, url))) {
		crypt_random(master, sizeof(master));
		good = true;
	} else if (create && access(path, F_OK)) {
		good = make_file(a, path, master, why);
	} else {
		good = read_file(a, path, master, why);
	}
	if (good)
		derive(master);
	explicit_bzero(master, sizeof(master));
	return good ? RC_OK : RC_STORE;
}

/* The kind is part of what is hashed: a phone and an id number of the same digits do not meet. */
void keys_hash(const char *kind, const char *text, uint8_t out[32])
{
	uint8_t inner[32];

	assert(keys.loaded);
	crypt_hmac(keys.hash, sizeof(keys.hash), kind, strlen(kind), inner);
	crypt_hmac(inner, sizeof(inner), text, strlen(text), out);
}

const uint8_t *keys_field(enum class cls)
{
	assert(keys.loaded);
	return cls == S4 ? keys.s4 : keys.s3;
}

const uint8_t *keys_session(void)
{
	assert(keys.loaded);
	return keys.session;
}

const uint8_t *keys_cursor(void)
{
	assert(keys.loaded);
	return keys.cursor;
}

/* A database remembers a proof of its key, so that a wrong key is found before anything is written with it. */
enum rc keys_check(struct ctx *c, const char **why)
{
	const char *proof = text_hex(c->arena, keys.proof, sizeof(keys.proof));
	struct value kept, args[2] = { value_text("key_proof"), value_text(proof) };
	bool found;
	enum rc rc = query_row(c, "SELECT value FROM schema_info WHERE key = ?1", args, 1, &kept, 1, &found);

	if (rc)
		return rc;
	if (found) {
		if (kept.type == V_TEXT && !strcmp(kept.s, proof))
			return RC_OK;
		*why = "密钥与数据库不配：用它打不开库里的个人信息；请放回建库时的密钥文件。";
		return RC_STORE;
	}
	if (!tx_writes(c->tx))
		return RC_OK;
	return tx_exec(c->tx, "INSERT INTO schema_info (key, value) VALUES (?1, ?2)", args, 2, NULL);
}
