/*
 * Records, in order, the changes of programs below the folder: names, bytes and flushes. A power failure may lose anything that was not flushed.
 * TINYSORA_FAULTS_TRACE names the file of records, which is written while control->recording is set. Operation.cs reads it.
 */
enum { OPENED = 1, WROTE, RESIZED, RENAMED, LINKED, REMOVED, MADE_FOLDER, REMOVED_FOLDER, FORCED };

struct record {
    uint32_t length;       /* of the whole record: this header, two paths and the bytes */
    int32_t kind;
    uint64_t inode;
    int64_t at;            /* an offset, a length, or whether OPENED created (1) or truncated (2) the file */
    int64_t modified;      /* nanoseconds since 1970 */
    uint32_t first, second; /* lengths of the paths */
};

static int trace = -1;

/* Programs take turns, so that records are in the order of the changes. */
static int take_turn(int is_concerned)
{
    if (!is_concerned || control == NULL || trace < 0 || !__atomic_load_n(&control->recording, __ATOMIC_ACQUIRE))
        return 0;
    while (__atomic_exchange_n(&control->turn, 1, __ATOMIC_ACQUIRE) != 0)
        syscall(SYS_sched_yield);
    return 1;
}

static void end_turn(void) { __atomic_store_n(&control->turn, 0, __ATOMIC_RELEASE); }

static void put(int kind, uint64_t inode, int64_t at, int64_t modified, const char *first, const char *second, const void *bytes, size_t count)
{
    struct record record = { 0, kind, inode, at, modified, first == NULL ? 0 : strlen(first), second == NULL ? 0 : strlen(second) };
    struct iovec parts[] = { { &record, sizeof record }, { (void *)first, record.first }, { (void *)second, record.second }, { (void *)bytes, count } };
    record.length = sizeof record + record.first + record.second + count;
    int error = errno;
    if (syscall(SYS_writev, trace, parts, 4) != (long)record.length)
        abort();
    errno = error;
}

/* Returns the absolute path of a name, without resolving links. */
static const char *whole_path(int folder, const char *path, char *whole)
{
    if (path[0] == '/')
        return path;
    long length;
    if (folder == AT_FDCWD) {
        length = syscall(SYS_getcwd, whole, PATH_MAX) - 1;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
        length = syscall(SYS_readlinkat, AT_FDCWD, link, whole, PATH_MAX - 1);
    }
    if (length < 0 || length + strlen(path) + 2 > PATH_MAX)
        abort();
    whole[length] = '/';
    strcpy(whole + length + 1, path);
    return whole;
}

static void record_names(int is_turn, int kind, int from_folder, const char *from, int to_folder, const char *to, long result)
{
    if (!is_turn)
        return;
    char first[PATH_MAX], second[PATH_MAX];
    if (result == 0)
        put(kind, 0, 0, 0, whole_path(from_folder, from, first), to == NULL ? NULL : whole_path(to_folder, to, second), NULL, 0);
    end_turn();
}

static void record_file(int is_turn, int kind, int file, int64_t at, const char *path, const void *bytes, size_t count)
{
    if (!is_turn)
        return;
    struct stat facts;
    int error = errno;
    if (fstat(file, &facts) == 0)
        put(kind, facts.st_ino, at, facts.st_mtim.tv_sec * 1000000000L + facts.st_mtim.tv_nsec, path, NULL, bytes, count);
    errno = error;
    end_turn();
}

/* Records written bytes. from: the bytes in memory, or NULL to read them back. at: their offset, or -1 if they end at the file's position. */
static ssize_t record_bytes(int is_turn, int file, const void *from, int64_t at, ssize_t count)
{
    if (!is_turn || count <= 0) {
        if (is_turn)
            end_turn();
        return count;
    }
    if (at < 0)
        at = syscall(SYS_lseek, file, 0, SEEK_CUR) - count;
    void *copy = NULL;
    if (from == NULL) {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", file);
        int again = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC);
        from = copy = malloc(count);
        if (again < 0 || copy == NULL || syscall(SYS_pread64, again, copy, count, at) != count)
            abort();
        syscall(SYS_close, again);
    }
    record_file(is_turn, WROTE, file, at, NULL, from, count);
    free(copy);
    return count;
}
