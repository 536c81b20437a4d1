/*
 * Fails selected libc calls on files below one folder, to test programs on a full or failing disk.
 * Loaded with LD_PRELOAD. TINYSORA_FAULTS names the control file, which the driver and all loaded processes map; TINYSORA_FAULTS_BELOW names the folder.
 * The driver selects the calls that fail and reads the counts. FaultLayer.cs has the same layout.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* Version of the symbols since glibc's first release for this processor. */
#ifdef __x86_64__
#define FIRST_VERSION "GLIBC_2.2.5"
#else
#define FIRST_VERSION "GLIBC_2.17"
#endif

enum { READS = 0, OPENS, CREATES, WRITES, FLUSHES, RENAMES, CLOSES, MAPS, DELETES, FOLDERS, LENGTHS, GROWS, LISTS, SEEKS, STATS, LINKS, CALLS };

/* GROWS counts calls that need disk space: new files and folders, writes and lengths. */
static const int takes_room[CALLS] = { [CREATES] = 1, [WRITES] = 1, [FOLDERS] = 1, [LENGTHS] = 1 };

struct control {
    int32_t call;          /* kind of calls that fail; -1 for none */
    int32_t error;         /* errno; 0 reads or writes half of the bytes */
    int32_t from;          /* number of the first failing call, from 1 */
    int32_t lasting;       /* whether all later calls fail, too */
    int32_t fired;         /* number of failed calls */
    int64_t clock;         /* offset of the wall clock in nanoseconds */
    int32_t counts[16];    /* calls since the driver cleared them */
    char path[1024];       /* of the first failed call */
    int32_t recording;     /* whether changes are recorded, see record.h */
    int32_t turn;          /* whether a program is making a change */
};

static struct control *control;
static char below[PATH_MAX];
static size_t below_length;
static unsigned char ours[1 << 16];

#include "record.h"

__attribute__((constructor)) static void start(void)
{
    const char *file = getenv("TINYSORA_FAULTS"), *folder = getenv("TINYSORA_FAULTS_BELOW");
    if (file == NULL || folder == NULL || strlen(folder) >= sizeof below)
        return;
    int descriptor = syscall(SYS_openat, AT_FDCWD, file, O_RDWR | O_CLOEXEC);
    if (descriptor < 0)
        return;
    void *mapped = (void *)syscall(SYS_mmap, NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    syscall(SYS_close, descriptor);
    strcpy(below, folder);
    below_length = strlen(below);
    const char *records = getenv("TINYSORA_FAULTS_TRACE");
    if (records != NULL)
        trace = syscall(SYS_openat, AT_FDCWD, records, O_WRONLY | O_APPEND | O_CLOEXEC);
    if (mapped != MAP_FAILED)
        control = mapped;
}

static int is_ours(int folder, const char *path)
{
    if (control == NULL || path == NULL)
        return 0;
    char whole[PATH_MAX];
    if (path[0] != '/') {
        if (folder != AT_FDCWD)
            return folder >= 0 && folder < (int)sizeof ours && ours[folder];
        if (syscall(SYS_getcwd, whole, sizeof whole) < 0)
            return 0;
        size_t length = strlen(whole);
        if (length + strlen(path) + 2 > sizeof whole)
            return 0;
        whole[length] = '/';
        strcpy(whole + length + 1, path);
        path = whole;
    }
    return strncmp(path, below, below_length) == 0 && (path[below_length] == '/' || path[below_length] == 0);
}

static int is_open(int file) { return control != NULL && file >= 0 && file < (int)sizeof ours && ours[file]; }

static void remember(int file, int is)
{
    if (file >= 0 && file < (int)sizeof ours)
        ours[file] = is;
}

static void tell(const char *path, int file)
{
    if (path != NULL) {
        snprintf(control->path, sizeof control->path, "%s", path);
        return;
    }
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = syscall(SYS_readlinkat, AT_FDCWD, link, control->path, sizeof control->path - 1);
    control->path[length < 0 ? 0 : length] = 0;
}

static int is_due(int call)
{
    int number = __atomic_add_fetch(&control->counts[call], 1, __ATOMIC_SEQ_CST);
    return control->call == call && (control->lasting ? number >= control->from : number == control->from);
}

/* Returns 1 with errno set if a call must fail, 2 if it must be done by half. */
static int fails(int call, const char *path, int file)
{
    int due = is_due(call);
    if (takes_room[call])
        due |= is_due(GROWS);
    if (!due)
        return 0;
    if (__atomic_fetch_add(&control->fired, 1, __ATOMIC_SEQ_CST) == 0)
        tell(path, file);
    errno = control->error;
    return control->error == 0 ? 2 : 1;
}

static int open_at(int folder, const char *path, int flags, mode_t mode)
{
    int is = is_ours(folder, path);
    int creates = (flags & O_CREAT) != 0 && (flags & O_TMPFILE) != O_TMPFILE;
    if (is && fails(creates ? CREATES : OPENS, path, -1) == 1)
        return -1;
    int turn = take_turn(is);
    int was_there = turn && syscall(SYS_faccessat, folder, path, F_OK) == 0;
    int file = syscall(SYS_openat, folder, path, flags, mode);
    if (file >= 0)
        remember(file, is);
    char whole[PATH_MAX];
    if (turn && file >= 0)
        record_file(turn, OPENED, file, !was_there ? 1 : flags & O_TRUNC ? 2 : 0, whole_path(folder, path, whole), NULL, 0);
    else if (turn)
        end_turn();
    return file;
}

#define WITH_MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list list; va_start(list, flags); mode = va_arg(list, mode_t); va_end(list); }

int open(const char *path, int flags, ...) { WITH_MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { WITH_MODE(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int folder, const char *path, int flags, ...) { WITH_MODE(flags) return open_at(folder, path, flags, mode); }
int openat64(int folder, const char *path, int flags, ...) { WITH_MODE(flags) return open_at(folder, path, flags, mode); }
int creat(const char *path, mode_t mode) { return open_at(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }

int close(int file)
{
    int is = is_open(file), failed = is ? fails(CLOSES, NULL, file) : 0;
    remember(file, 0);
    int result = syscall(SYS_close, file);
    if (failed == 1) {
        errno = control->error;
        return -1;
    }
    return result;
}

/* Returns the number of bytes for a call; -1 if it must fail. */
static ssize_t allowed(int call, int file, size_t count)
{
    switch (is_open(file) ? fails(call, NULL, file) : 0) {
    case 1: return -1;
    case 2: return count > 1 ? (ssize_t)(count / 2) : (ssize_t)count;
    default: return (ssize_t)count;
    }
}

#define BYTES(call, file, count, made) \
    ssize_t part = allowed(call, file, count); \
    return part < 0 ? -1 : (made)

ssize_t read(int file, void *to, size_t count) { BYTES(READS, file, count, syscall(SYS_read, file, to, part)); }
ssize_t pread(int file, void *to, size_t count, off_t at) { BYTES(READS, file, count, syscall(SYS_pread64, file, to, part, at)); }
ssize_t pread64(int file, void *to, size_t count, off64_t at) { BYTES(READS, file, count, syscall(SYS_pread64, file, to, part, at)); }

#define WRITTEN(file, count, made, from, at) \
    ssize_t part = allowed(WRITES, file, count); \
    if (part < 0) \
        return -1; \
    int turn = take_turn(is_open(file)); \
    ssize_t written = made; \
    return record_bytes(turn, file, from, at, written)

ssize_t write(int file, const void *from, size_t count) { WRITTEN(file, count, syscall(SYS_write, file, from, part), from, -1); }
ssize_t pwrite(int file, const void *from, size_t count, off_t at) { WRITTEN(file, count, syscall(SYS_pwrite64, file, from, part, at), from, at); }
ssize_t pwrite64(int file, const void *from, size_t count, off64_t at) { WRITTEN(file, count, syscall(SYS_pwrite64, file, from, part, at), from, at); }

ssize_t writev(int file, const struct iovec *parts, int count)
{
    WRITTEN(file, count, syscall(SYS_writev, file, parts, part), NULL, -1);
}

ssize_t pwritev(int file, const struct iovec *parts, int count, off_t at)
{
    WRITTEN(file, count, syscall(SYS_pwritev, file, parts, part, at, 0), NULL, at);
}

ssize_t copy_file_range(int in, off64_t *in_at, int out, off64_t *out_at, size_t count, unsigned flags)
{
    int64_t at = out_at == NULL ? -1 : *out_at;
    WRITTEN(out, count, syscall(SYS_copy_file_range, in, in_at, out, out_at, part, flags), NULL, at);
}

ssize_t sendfile(int out, int in, off_t *at, size_t count) { WRITTEN(out, count, syscall(SYS_sendfile, out, in, at, part), NULL, -1); }
ssize_t sendfile64(int out, int in, off64_t *at, size_t count) { WRITTEN(out, count, syscall(SYS_sendfile, out, in, at, part), NULL, -1); }

static int flush(int file, int call)
{
    if (is_open(file) && fails(FLUSHES, NULL, file) == 1)
        return -1;
    int turn = take_turn(is_open(file)), result = syscall(call, file);
    record_file(turn, FORCED, file, 0, NULL, NULL, 0);
    return result;
}

int fsync(int file) { return flush(file, SYS_fsync); }
int fdatasync(int file) { return flush(file, SYS_fdatasync); }

static int resize(int file, off_t length)
{
    if (is_open(file) && fails(LENGTHS, NULL, file) == 1)
        return -1;
    int turn = take_turn(is_open(file)), result = syscall(SYS_ftruncate, file, length);
    record_file(turn, RESIZED, file, length, NULL, NULL, 0);
    return result;
}

int ftruncate(int file, off_t length) { return resize(file, length); }
int ftruncate64(int file, off64_t length) { return resize(file, length); }

static int allocate(int file, off_t at, off_t length)
{
    if (is_open(file) && fails(LENGTHS, NULL, file) == 1)
        return errno;
    struct stat facts;
    int turn = take_turn(is_open(file));
    int result = syscall(SYS_fallocate, file, 0, at, length) == 0 ? 0 : errno;
    record_file(turn, RESIZED, file, turn && fstat(file, &facts) == 0 ? facts.st_size : 0, NULL, NULL, 0);
    return result;
}

int posix_fallocate(int file, off_t at, off_t length) { return allocate(file, at, length); }
int posix_fallocate64(int file, off64_t at, off64_t length) { return allocate(file, at, length); }

static int rename_at(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if ((is_ours(from_folder, from) || is_ours(to_folder, to)) && fails(RENAMES, to, -1) == 1)
        return -1;
    int turn = take_turn(is_ours(from_folder, from) || is_ours(to_folder, to));
    int result = syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
    record_names(turn, RENAMED, from_folder, from, to_folder, to, result);
    return result;
}

int rename(const char *from, const char *to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int a, const char *from, int b, const char *to) { return rename_at(a, from, b, to, 0); }
int renameat2(int a, const char *from, int b, const char *to, unsigned flags) { return rename_at(a, from, b, to, flags); }

static int link_at(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    int is = is_ours(from_folder, from) || is_ours(to_folder, to);
    if (is && fails(RENAMES, to, -1) == 1)
        return -1;
    int turn = take_turn(is), result = syscall(SYS_linkat, from_folder, from, to_folder, to, flags);
    record_names(turn, LINKED, from_folder, from, to_folder, to, result);
    return result;
}

int link(const char *from, const char *to) { return link_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int linkat(int a, const char *from, int b, const char *to, int flags) { return link_at(a, from, b, to, flags); }

static int remove_at(int folder, const char *path, int flags)
{
    int is = is_ours(folder, path);
    if (is && fails(DELETES, path, -1) == 1)
        return -1;
    int turn = take_turn(is), result = syscall(SYS_unlinkat, folder, path, flags);
    record_names(turn, flags & AT_REMOVEDIR ? REMOVED_FOLDER : REMOVED, folder, path, 0, NULL, result);
    return result;
}

int unlink(const char *path) { return remove_at(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return remove_at(AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int folder, const char *path, int flags) { return remove_at(folder, path, flags); }

int mkdir(const char *path, mode_t mode)
{
    int is = is_ours(AT_FDCWD, path);
    if (is && fails(FOLDERS, path, -1) == 1)
        return -1;
    int turn = take_turn(is), result = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    record_names(turn, MADE_FOLDER, AT_FDCWD, path, 0, NULL, result);
    return result;
}

static void *map(void *address, size_t length, int protection, int flags, int file, off_t at)
{
    if (!(flags & MAP_ANONYMOUS) && is_open(file) && fails(MAPS, NULL, file) == 1)
        return MAP_FAILED;
    return (void *)syscall(SYS_mmap, address, length, protection, flags, file, at);
}

void *mmap(void *address, size_t length, int protection, int flags, int file, off_t at) { return map(address, length, protection, flags, file, at); }
void *mmap64(void *address, size_t length, int protection, int flags, int file, off64_t at) { return map(address, length, protection, flags, file, at); }

/* Calls on folders, positions, properties and links. */

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (next == NULL) \
        next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

DIR *opendir(const char *path)
{
    NEXT(opendir);
    int is = is_ours(AT_FDCWD, path);
    DIR *folder = is && fails(LISTS, path, -1) == 1 ? NULL : next(path);
    if (folder != NULL)
        remember(dirfd(folder), is);
    return folder;
}

struct dirent64 *readdir64(DIR *folder)
{
    NEXT(readdir64);
    return is_open(dirfd(folder)) && fails(LISTS, NULL, dirfd(folder)) == 1 ? NULL : next(folder);
}

int closedir(DIR *folder)
{
    NEXT(closedir);
    remember(dirfd(folder), 0);
    return next(folder);
}

off64_t lseek64(int file, off64_t at, int from) { return is_open(file) && fails(SEEKS, NULL, file) == 1 ? -1 : syscall(SYS_lseek, file, at, from); }
off_t lseek(int file, off_t at, int from) { return lseek64(file, at, from); }

static int stat_at(const char *path, void *to, int flags)
{
    return is_ours(AT_FDCWD, path) && fails(STATS, path, -1) == 1 ? -1 : (int)syscall(SYS_newfstatat, AT_FDCWD, path, to, flags);
}

static int stat_of(int file, void *to) { return is_open(file) && fails(STATS, NULL, file) == 1 ? -1 : (int)syscall(SYS_fstat, file, to); }

/* Libraries built with a glibc before 2.33 call the functions with an underscore. */
int stat64(const char *path, struct stat64 *to) { return stat_at(path, to, 0); }
int lstat64(const char *path, struct stat64 *to) { return stat_at(path, to, AT_SYMLINK_NOFOLLOW); }
int fstat64(int file, struct stat64 *to) { return stat_of(file, to); }
int __xstat64(int version, const char *path, struct stat64 *to) { (void)version; return stat_at(path, to, 0); }
int __lxstat64(int version, const char *path, struct stat64 *to) { (void)version; return stat_at(path, to, AT_SYMLINK_NOFOLLOW); }
int __fxstat64(int version, int file, struct stat64 *to) { (void)version; return stat_of(file, to); }

ssize_t readlink(const char *path, char *to, size_t length)
{
    return is_ours(AT_FDCWD, path) && fails(LINKS, path, -1) == 1 ? -1 : syscall(SYS_readlinkat, AT_FDCWD, path, to, length);
}

char *realpath(const char *path, char *to)
{
    NEXT(realpath);
    return is_ours(AT_FDCWD, path) && fails(LINKS, path, -1) == 1 ? NULL : next(path, to);
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    int result = syscall(SYS_clock_gettime, which, now);
    int64_t wrong = control == NULL ? 0 : control->clock;
    if (result == 0 && wrong != 0 && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
        int64_t nanoseconds = now->tv_nsec + wrong % 1000000000;
        now->tv_sec += wrong / 1000000000 + (nanoseconds >= 1000000000) - (nanoseconds < 0);
        now->tv_nsec = nanoseconds >= 1000000000 ? nanoseconds - 1000000000 : nanoseconds < 0 ? nanoseconds + 1000000000 : nanoseconds;
    }
    return result;
}

/* .NET looks up functions in libc itself and would bypass the ones above. */
void *dlsym(void *library, const char *name)
{
    static const struct { const char *name; void *function; } own[] = {
        { "open", open }, { "openat", openat }, { "close", close }, { "fsync", fsync }, { "fdatasync", fdatasync }, { "rename", rename },
        { "renameat2", renameat2 }, { "link", link }, { "linkat", linkat }, { "unlink", unlink }, { "mkdir", mkdir },
    };
    static void *(*real)(void *, const char *);
    if (real == NULL)
        real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT, "dlsym", FIRST_VERSION);
    for (size_t i = 0; control != NULL && library != RTLD_NEXT && i < sizeof own / sizeof *own; i++)
        if (strcmp(name, own[i].name) == 0)
            return own[i].function;
    return real(library, name);
}
