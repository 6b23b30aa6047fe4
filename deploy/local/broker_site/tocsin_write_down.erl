%% Has the node write the list of its quorum queues down when it tells of a queue that was made, before others do much
%% with it. By itself RabbitMQ does so up to three seconds later: a node killed before that knows the queue after its
%% start, but never finds its leader again. The node compiles this at its start, as it does with modules of its own.
-module(tocsin_write_down).
-behaviour(gen_event).
-export([start/0, init/1, handle_event/2, handle_call/2, handle_info/2]).

start() -> spawn(fun watch/0).

%% The node tells nothing before it has begun; a handler that failed was taken out.
watch() ->
    case whereis(rabbit_event) of
        undefined -> timer:sleep(20);
        _ ->
            lists:member(?MODULE, gen_event:which_handlers(rabbit_event))
                orelse gen_event:add_handler(rabbit_event, ?MODULE, none),
            write_down(),
            timer:sleep(1000)
    end,
    watch().

init(none) -> {ok, none}.

handle_event(Event, none) ->
    element(2, Event) =:= queue_created andalso write_down(),
    {ok, none}.

handle_call(_, none) -> {ok, ok, none}.

handle_info(_, none) -> {ok, none}.

write_down() -> [catch dets:sync(Table) || Table <- dets:all()].
