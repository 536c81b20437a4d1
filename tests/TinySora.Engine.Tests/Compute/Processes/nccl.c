/* NCCL's interface over the memory of one process, whose threads are the ranks: what is wrong in a call shows in a sum. */
#include <pthread.h>
#include <stddef.h>
#include <string.h>

typedef struct { char bytes[128]; } ncclUniqueId;
struct ncclComm { int rank, count; };
typedef struct ncclComm* ncclComm_t;

static struct ncclComm comms[8];
static const void* sent[8];
static float sums[1024];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static int arrived, round_number;

static void meet(int count) {
  pthread_mutex_lock(&lock);
  int mine = round_number;
  if (++arrived == count) {
    arrived = 0;
    round_number++;
    pthread_cond_broadcast(&turn);
  }
  while (mine == round_number) pthread_cond_wait(&turn, &lock);
  pthread_mutex_unlock(&lock);
}

const char* ncclGetErrorString(int code) { return code == 4 ? "invalid argument" : "unknown"; }

int ncclGetUniqueId(ncclUniqueId* id) {
  for (int i = 0; i < 128; i++) id->bytes[i] = (char)(i * 7 + 1);
  return 0;
}

int ncclCommInitRank(ncclComm_t* comm, int count, ncclUniqueId id, int rank) {
  for (int i = 0; i < 128; i++) {
    if (id.bytes[i] != (char)(i * 7 + 1)) return 4;
  }
  if (rank < 0 || rank >= count || count > 8) return 4;
  comms[rank] = (struct ncclComm){rank, count};
  *comm = &comms[rank];
  meet(count);
  return 0;
}

int ncclAllReduce(const void* from, void* to, size_t count, int type, int op, ncclComm_t comm, void* stream) {
  if (type != 7 || op != 0 || stream || count > 1024) return 4;
  sent[comm->rank] = from;
  meet(comm->count);
  if (comm->rank == 0) {
    for (size_t i = 0; i < count; i++) {
      sums[i] = 0;
      for (int rank = 0; rank < comm->count; rank++) sums[i] += ((const float*)sent[rank])[i];
    }
  }
  meet(comm->count);
  memcpy(to, sums, count * sizeof(float));
  meet(comm->count);
  return 0;
}

int ncclBroadcast(const void* from, void* to, size_t count, int type, int root, ncclComm_t comm, void* stream) {
  if (type != 1 || root != 0 || stream) return 4;
  sent[comm->rank] = from;
  meet(comm->count);
  if (comm->rank != root) memcpy(to, sent[root], count);
  meet(comm->count);
  return 0;
}
