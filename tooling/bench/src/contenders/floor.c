// The least that a server of event streams can do: one write(2) for each socket. One thread, blocking sockets, no slow clients, no HTTP but a
// fixed head. What a socket sends first tells what it wants:
//   GET /<topic> …          a stream that follows the topic; the request comes in one piece
//   P <topic> <length>      64 bytes, then so many bytes for each stream of the topic
//   C                       64 bytes; answered with how many streams there are
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SOCKETS = 65536, TOPICS = 256, COMMAND = 64, NAME = 32 };

static const char HEAD[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n"
                           "Transfer-Encoding: chunked\r\n\r\n";

struct topic {
  char name[NAME];
  int *sockets;
  int count;
};

static struct topic topics[TOPICS];
static struct topic *topic_of[SOCKETS]; // by socket; none for who follows nothing
static int place_of[SOCKETS];           // in its topic
static int streams;

static void check(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static struct topic *find(const char *name) {
  struct topic *topic = topics;
  while (topic->name[0] != 0 && strcmp(topic->name, name) != 0) topic++;
  check(topic < topics + TOPICS - 1, "too many topics");
  if (topic->name[0] == 0) {
    strcpy(topic->name, name);
    topic->sockets = malloc(SOCKETS * sizeof(int));
  }
  return topic;
}

static void follow(int socket) {
  char request[4096], name[NAME];
  ssize_t length = read(socket, request, sizeof request - 1);
  request[length < 0 ? 0 : length] = 0;
  if (topic_of[socket] != NULL || sscanf(request, "GET /%31s", name) != 1) return;
  struct topic *topic = topic_of[socket] = find(name);
  place_of[socket] = topic->count;
  topic->sockets[topic->count++] = socket;
  streams++;
  write(socket, HEAD, sizeof HEAD - 1);
}

static void leave(int socket) {
  struct topic *topic = topic_of[socket];
  if (topic != NULL) {
    int last = topic->sockets[--topic->count];
    topic->sockets[place_of[socket]] = last;
    place_of[last] = place_of[socket];
    topic_of[socket] = NULL;
    streams--;
  }
  close(socket);
}

static void receive(int socket, char *bytes, size_t length) {
  check(recv(socket, bytes, length, MSG_WAITALL) == (ssize_t)length, "command");
}

static void obey(int socket) {
  static char frame[1 << 20];
  char command[COMMAND + 1] = {0}, name[NAME];
  size_t length;
  receive(socket, command, COMMAND);
  if (command[0] == 'C') {
    dprintf(socket, "%d", streams);
    return;
  }
  check(sscanf(command, "P %31s %zu", name, &length) == 2 && length <= sizeof frame, "command");
  receive(socket, frame, length);
  struct topic *topic = find(name);
  for (int at = 0; at < topic->count; at++) write(topic->sockets[at], frame, length);
}

static void welcome(int listener, int poll) {
  int yes = 1, socket = accept(listener, NULL, NULL);
  check(socket >= 0 && socket < SOCKETS, "accept");
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  epoll_ctl(poll, EPOLL_CTL_ADD, socket, &(struct epoll_event){.events = EPOLLIN, .data.fd = socket});
}

static void serve(int socket) {
  char first;
  if (recv(socket, &first, 1, MSG_PEEK) <= 0) leave(socket);
  else if (first == 'G') follow(socket);
  else obey(socket);
}

int main(int count, char **arguments) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int yes = 1, poll = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM, 0);
  check(count == 2, "floor <port>");
  address.sin_port = htons(atoi(arguments[1]));
  signal(SIGPIPE, SIG_IGN);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  check(bind(listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(listener, 16384) == 0, "listen");
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &(struct epoll_event){.events = EPOLLIN, .data.fd = listener});
  for (struct epoll_event event; epoll_wait(poll, &event, 1, -1) >= 0;)
    if (event.data.fd == listener) welcome(listener, poll);
    else serve(event.data.fd);
}
