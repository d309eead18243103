// Takes a robust, process-shared mutex of pthreads so many times, alone (one) or beside
// a process that does the same (two), and prints the nanoseconds of an operation. Or
// kills so many holders of it (death), and prints the median of the times until the mutex
// is taken, and the 99th percentile.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct shared {
	pthread_mutex_t mutex;
	volatile long taken;
	volatile double killed;
};

static void take(struct shared *s)
{
	pthread_mutex_lock(&s->mutex);
	s->taken++;
	pthread_mutex_unlock(&s->mutex);
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int deaths(struct shared *s, long count)
{
	double *times = malloc(count * sizeof *times);
	for (long i = 0; i < count; i++) {
		s->taken = 0;
		pid_t holder = fork();
		if (holder < 0) {
			perror("fork");
			return 1;
		}
		if (holder == 0) {
			take(s);
			pthread_mutex_lock(&s->mutex);
			s->taken++;
			for (;;)
				pause();
		}
		while (s->taken != 2)
			sched_yield();
		pid_t killer = fork();
		if (killer == 0) {
			usleep(5000);
			s->killed = now();
			kill(holder, SIGKILL);
			_exit(0);
		}
		if (pthread_mutex_lock(&s->mutex) != EOWNERDEAD) {
			fprintf(stderr, "the holder has not died\n");
			return 1;
		}
		times[i] = now() - s->killed;
		pthread_mutex_consistent(&s->mutex);
		pthread_mutex_unlock(&s->mutex);
		waitpid(holder, NULL, 0);
		waitpid(killer, NULL, 0);
	}
	qsort(times, count, sizeof *times, compare);
	printf("%f %f\n", times[count / 2], times[count * 99 / 100]);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: robust one|two|death COUNT\n");
		return 2;
	}
	struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (s == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	pthread_mutexattr_t a;
	pthread_mutexattr_init(&a);
	pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&s->mutex, &a);

	if (strcmp(argv[1], "death") == 0)
		return deaths(s, atol(argv[2]));
	pid_t child = 0;
	if (strcmp(argv[1], "two") == 0) {
		child = fork();
		if (child < 0) {
			perror("fork");
			return 1;
		}
		for (; child == 0;)
			take(s);
		while (s->taken == 0)
			;
	}
	long begun = s->taken, count = atol(argv[2]);
	double start = now();
	for (long i = 0; i < count; i++)
		take(s);
	double took = now() - start;
	printf("%f\n", took / (s->taken - begun));
	if (child > 0) {
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return 0;
}
