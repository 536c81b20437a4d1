/* MPI's interface over the memory of one process, whose threads are the ranks. With -DOPEN_MPI the handles are those of Open MPI, otherwise those of MPICH. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#ifndef INIT_RESULT
#define INIT_RESULT 0
#endif

static __thread int own_rank;
static __thread int polls;
static __thread void* received;
static __thread int receiving;
static int total = 1;
static const void* sent[8];
static float sums[1 << 16];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static int arrived, round_number;

#ifdef OPEN_MPI
char ompi_mpi_comm_world, ompi_mpi_float, ompi_mpi_byte, ompi_mpi_op_sum;
#define WORLD (&ompi_mpi_comm_world)
#define SINGLES (&ompi_mpi_float)
#define BYTES (&ompi_mpi_byte)
#define SUM (&ompi_mpi_op_sum)
#define IN_PLACE ((void*)1)
#define NO_STATUS ((void*)0)
#else
#define WORLD ((void*)0x44000000)
#define SINGLES ((void*)0x4c00040a)
#define BYTES ((void*)0x4c00010d)
#define SUM ((void*)0x58000003)
#define IN_PLACE ((void*)-1)
#define NO_STATUS ((void*)1)
#endif

static void meet(void) {
  pthread_mutex_lock(&lock);
  int mine = round_number;
  if (++arrived == total) {
    arrived = 0;
    round_number++;
    pthread_cond_broadcast(&turn);
  }
  while (mine == round_number) pthread_cond_wait(&turn, &lock);
  pthread_mutex_unlock(&lock);
}

/* Makes the calling thread a rank. */
void test_become(int rank, int count) {
  own_rank = rank;
  total = count;
}

int MPI_Init_thread(int* count, char*** values, int required, int* provided) {
  *provided = required;
  return INIT_RESULT;
}

int MPI_Finalize(void) {
  meet();
  return 0;
}

int MPI_Comm_rank(void* world, int* rank) {
  *rank = own_rank;
  return world == WORLD ? 0 : 5;
}

int MPI_Comm_size(void* world, int* size) {
  *size = total;
  return world == WORLD ? 0 : 5;
}

int MPI_Allreduce(const void* from, void* to, int count, void* type, void* operation, void* world) {
  if (from != IN_PLACE || type != SINGLES || operation != SUM || world != WORLD || count > 1 << 16) return 5;
  sent[own_rank] = to;
  meet();
  if (own_rank == 0) {
    for (int i = 0; i < count; i++) {
      sums[i] = 0;
      for (int rank = 0; rank < total; rank++) sums[i] += ((const float*)sent[rank])[i];
    }
  }
  meet();
  memcpy(to, sums, count * sizeof(float));
  meet();
  return 0;
}

int MPI_Allgather(const void* from, int count, void* type, void* to, int each, void* to_type, void* world) {
  if (type != BYTES || to_type != BYTES || world != WORLD || each != count) return 5;
  sent[own_rank] = from;
  meet();
  for (int rank = 0; rank < total; rank++) memcpy((char*)to + rank * count, sent[rank], count);
  meet();
  return 0;
}

int MPI_Bcast(void* values, int count, void* type, int root, void* world) {
  if (type != BYTES || root != 0 || world != WORLD) return 5;
  sent[own_rank] = values;
  meet();
  if (own_rank != root) memcpy(values, sent[root], count);
  meet();
  return 0;
}

/* Completes after a few polls. */
int MPI_Ibcast(void* values, int count, void* type, int root, void* world, void** request) {
  if (type != BYTES || root != 0 || world != WORLD) return 5;
  received = values;
  receiving = count;
  polls = 0;
  *request = &polls;
  return 0;
}

int MPI_Test(void** request, int* done, void* status) {
  if (*request != &polls || status != NO_STATUS) return 5;
  *done = ++polls > 3;
  return *done ? MPI_Bcast(received, receiving, BYTES, 0, WORLD) : 0;
}

int MPI_Abort(void* world, int code) { exit(code); }
