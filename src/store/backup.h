/* backup.h -- the parts of backup and restore. Private to store/. */
#pragma once
#include <stdbool.h>

/* Each returns NULL when done, else one Chinese sentence (static). */
const char *seal_write(const char *path);                 /* SM3 of a file, kept beside it as <path>.sm3 */
const char *seal_check(const char *path);
const char *file_sync(const char *path);                  /* the file and its folder's entry are on the disk */
const char *file_copy(const char *from, const char *to);  /* to must not exist; mode 0600 */
const char *pg_backup(const char *url, const char *to);
const char *pg_restore_into(const char *url, const char *from);
