#ifndef CONFAB_TESTS_INTEGRATION_BROKER_ADMIN_H
#define CONFAB_TESTS_INTEGRATION_BROKER_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What an operator may do to RabbitMQ, by mistake or on purpose. Each call
 * fails the test when the broker does not obey.
 */

/* Takes the queue's binding to confab.events away. */
void broker_unbind(const char *queue);
void broker_delete_queue(const char *queue);
void broker_delete_exchange(const char *exchange);
void broker_delete_user(const char *user);
/* The virtual host "/", with all that is in it. */
void broker_delete_vhost(void);
/* A durable classic queue in the place of a quorum queue, with its binding. */
void broker_make_classic(const char *queue, const char *routing_key);
/* A policy for one queue that wins over the product's own; `definition` is
 * JSON. */
void broker_set_policy(const char *queue, const char *definition);
void broker_drop_policy(void);
/* Imports the stack's definitions once more; adds what is missing, changes
 * nothing that is there. */
void broker_import(void);

void broker_set_memory_alarm(bool on);
void broker_set_disk_alarm(bool on);
/* SIGSTOP, SIGCONT. */
void broker_freeze(void);
void broker_thaw(void);

/* A cmocka teardown: undoes all of the above, then stack_repair(). */
int broker_heal(void **state);

/* A line of the service's log since that time (Unix ms) has the text in it. */
bool broker_log_says(const char *service, int64_t since_ms, const char *text);

#endif
