// A framework, its executor and an operator's tool on mesos-go, speaking protobuf. Each line of output is a JSON object of what happened.
//
//	mesos-go scheduler MASTER [PRINCIPAL SECRET]   runs three tasks: a command, one of an executor of its own, and one that it kills; then tears down
//	mesos-go executor                              what the agent starts for the second task
//	mesos-go operator MASTER AGENT                 asks everything that can be asked
//	mesos-go events MASTER COUNT                   prints events of the master until that many tasks have ended
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mesos/mesos-go/api/v1/lib"
	"github.com/mesos/mesos-go/api/v1/lib/agent"
	agentcalls "github.com/mesos/mesos-go/api/v1/lib/agent/calls"
	"github.com/mesos/mesos-go/api/v1/lib/encoding"
	"github.com/mesos/mesos-go/api/v1/lib/encoding/codecs"
	"github.com/mesos/mesos-go/api/v1/lib/executor"
	execcalls "github.com/mesos/mesos-go/api/v1/lib/executor/calls"
	"github.com/mesos/mesos-go/api/v1/lib/executor/config"
	"github.com/mesos/mesos-go/api/v1/lib/extras/scheduler/callrules"
	"github.com/mesos/mesos-go/api/v1/lib/extras/scheduler/controller"
	"github.com/mesos/mesos-go/api/v1/lib/extras/scheduler/eventrules"
	"github.com/mesos/mesos-go/api/v1/lib/extras/store"
	"github.com/mesos/mesos-go/api/v1/lib/httpcli"
	"github.com/mesos/mesos-go/api/v1/lib/httpcli/httpagent"
	"github.com/mesos/mesos-go/api/v1/lib/httpcli/httpexec"
	"github.com/mesos/mesos-go/api/v1/lib/httpcli/httpmaster"
	"github.com/mesos/mesos-go/api/v1/lib/httpcli/httpsched"
	"github.com/mesos/mesos-go/api/v1/lib/master"
	mastercalls "github.com/mesos/mesos-go/api/v1/lib/master/calls"
	"github.com/mesos/mesos-go/api/v1/lib/resources"
	"github.com/mesos/mesos-go/api/v1/lib/scheduler"
	"github.com/mesos/mesos-go/api/v1/lib/scheduler/calls"
	"github.com/mesos/mesos-go/api/v1/lib/scheduler/events"
	"github.com/pborman/uuid"
)

type facts map[string]interface{}

func tell(what string, more facts) {
	line := facts{"what": what}
	for key, value := range more {
		line[key] = value
	}
	text, err := json.Marshal(line)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(text))
}

func client(endpoint string, more ...httpcli.ConfigOpt) *httpcli.Client {
	return httpcli.New(
		httpcli.Endpoint(endpoint),
		httpcli.Codec(codecs.ByMediaType[codecs.MediaTypeProtobuf]),
		httpcli.Do(httpcli.With(append(more, httpcli.Timeout(30*time.Second))...)),
	)
}

func text(value string) *string { return &value }

func of(cpus, mem float64) []mesos.Resource {
	return []mesos.Resource{resources.NewCPUs(cpus).Resource, resources.NewMemory(mem).Resource}
}

// plan makes the tasks that the first offer is accepted with.
func plan(agentID mesos.AgentID) []mesos.TaskInfo {
	program, err := filepath.Abs(os.Args[0])
	if err != nil {
		log.Fatal(err)
	}
	no := false
	own := &mesos.ExecutorInfo{
		Type:       mesos.ExecutorInfo_CUSTOM,
		ExecutorID: mesos.ExecutorID{Value: "own"},
		Name:       text("of mesos-go"),
		Command:    &mesos.CommandInfo{Shell: &no, Value: &program, Arguments: []string{program, "executor"}},
		Resources:  of(0.1, 32),
	}
	return []mesos.TaskInfo{
		{Name: "command", Command: &mesos.CommandInfo{Value: text("echo from a command; exit 3")}},
		{Name: "executor", Executor: own, Data: []byte{0, 1, 0xff}},
		{Name: "killed", Command: &mesos.CommandInfo{Value: text("sleep 600")}},
	}
}

func schedule(endpoint, principal, secret string) error {
	ctx, done := context.WithCancel(context.Background())
	defer done()
	info := &mesos.FrameworkInfo{User: "root", Name: "mesos-go", Labels: &mesos.Labels{Labels: []mesos.Label{{Key: "codec", Value: text("protobuf")}}}}
	var proof []httpcli.ConfigOpt
	if principal != "" {
		info.Principal = &principal
		proof = append(proof, httpcli.BasicAuth(principal, secret))
	}
	ids := store.NewInMemorySingleton()
	toMaster := httpsched.NewCaller(client(endpoint+"/api/v1/scheduler", proof...))
	caller := callrules.WithFrameworkID(store.GetIgnoreErrors(ids)).Caller(toMaster)
	ended := 0
	launched := false

	offers := func(ctx context.Context, e *scheduler.Event) error {
		for _, offer := range e.GetOffers().GetOffers() {
			if launched {
				if err := calls.CallNoData(ctx, caller, calls.Decline(offer.ID).With(calls.RefuseSeconds(time.Hour))); err != nil {
					return err
				}
				continue
			}
			launched = true
			cpus, _ := resources.CPUs(offer.Resources...)
			mem, _ := resources.Memory(offer.Resources...)
			ports, _ := resources.Ports(offer.Resources...)
			tell("offer", facts{"cpus": cpus, "mem": mem, "ports": ports.Size(), "hostname": offer.Hostname})
			tasks := plan(offer.AgentID)
			for i := range tasks {
				tasks[i].TaskID = mesos.TaskID{Value: tasks[i].Name}
				tasks[i].AgentID = offer.AgentID
				tasks[i].Resources = of(0.2, 32)
			}
			accept := calls.Accept(calls.OfferOperations{calls.OpLaunch(tasks...)}.WithOffers(offer.ID))
			if err := calls.CallNoData(ctx, caller, accept.With(calls.RefuseSeconds(time.Second))); err != nil {
				return err
			}
		}
		return nil
	}
	updates := func(ctx context.Context, e *scheduler.Event) error {
		status := e.GetUpdate().GetStatus()
		tell("update", facts{
			"task": status.TaskID.Value, "state": status.GetState().String(), "source": status.GetSource().String(),
			"message": status.GetMessage(), "data": status.GetData(), "acknowledged": len(status.GetUUID()) > 0,
		})
		switch status.GetState() {
		case mesos.TASK_RUNNING:
			if len(status.GetUUID()) == 0 {
				// An answer to the question below.
				return calls.CallNoData(ctx, caller, calls.Kill(status.TaskID.Value, status.GetAgentID().GetValue()))
			}
			if status.TaskID.Value == "killed" {
				asked := map[string]string{status.TaskID.Value: status.GetAgentID().GetValue()}
				return calls.CallNoData(ctx, caller, calls.Reconcile(calls.ReconcileTasks(asked)))
			}
			if status.TaskID.Value == "executor" {
				return calls.CallNoData(ctx, caller, calls.Message(status.GetAgentID().GetValue(), "own", []byte("finish")))
			}
		case mesos.TASK_FINISHED, mesos.TASK_FAILED, mesos.TASK_KILLED:
			ended++
		case mesos.TASK_LOST, mesos.TASK_ERROR:
			return errors.New("task " + status.TaskID.Value + ": " + status.GetMessage())
		}
		if ended < 3 {
			return nil
		}
		if err := calls.CallNoData(ctx, caller, &scheduler.Call{Type: scheduler.Call_TEARDOWN}); err != nil {
			return err
		}
		tell("torn down", nil)
		done()
		return nil
	}
	handler := eventrules.New(
		controller.LiftErrors(),
		controller.TrackSubscription(ids, 0),
		controller.AckStatusUpdates(caller),
	).Handle(events.Handlers{
		scheduler.Event_SUBSCRIBED: events.HandlerFunc(func(_ context.Context, e *scheduler.Event) error {
			subscribed := e.GetSubscribed()
			tell("subscribed", facts{"framework": subscribed.GetFrameworkID().GetValue(), "heartbeat": subscribed.GetHeartbeatIntervalSeconds()})
			return nil
		}),
		scheduler.Event_HEARTBEAT: events.HandlerFunc(func(context.Context, *scheduler.Event) error {
			tell("heartbeat", nil)
			return nil
		}),
		scheduler.Event_OFFERS: events.HandlerFunc(offers),
		scheduler.Event_UPDATE: events.HandlerFunc(updates),
		scheduler.Event_MESSAGE: events.HandlerFunc(func(_ context.Context, e *scheduler.Event) error {
			tell("message", facts{"executor": e.GetMessage().ExecutorID.Value, "data": string(e.GetMessage().GetData())})
			return nil
		}),
	}.Otherwise(func(_ context.Context, e *scheduler.Event) error {
		tell("other", facts{"type": e.GetType().String()})
		return nil
	}))
	err := controller.Run(ctx, info, caller,
		controller.WithEventHandler(handler),
		controller.WithFrameworkID(store.GetIgnoreErrors(ids)),
		controller.WithSubscriptionTerminated(func(err error) {
			if ctx.Err() == nil {
				log.Fatalf("The subscription ended: %v", err)
			}
		}),
	)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func execute() error {
	cfg, err := config.FromEnv()
	if err != nil {
		return err
	}
	ctx := context.Background()
	endpoint := url.URL{Scheme: "http", Host: cfg.AgentEndpoint, Path: "/api/v1/executor"}
	options := executor.CallOptions{execcalls.Framework(cfg.FrameworkID), execcalls.Executor(cfg.ExecutorID)}
	send := execcalls.SenderWith(httpexec.NewSender(client(endpoint.String()).Send), options...)
	stream := execcalls.SenderWith(
		httpexec.NewSender(client(endpoint.String()).Send, httpcli.Close(true)), options...)
	response, err := stream.Send(ctx, execcalls.NonStreaming(execcalls.Subscribe(nil, nil)))
	if err != nil {
		return err
	}
	defer response.Close()
	var task mesos.TaskInfo
	update := func(state mesos.TaskState, data []byte) error {
		now := float64(time.Now().UnixNano()) / 1e9
		source := mesos.SOURCE_EXECUTOR
		return execcalls.SendNoData(ctx, send, execcalls.NonStreaming(execcalls.Update(mesos.TaskStatus{
			TaskID: task.TaskID, ExecutorID: &mesos.ExecutorID{Value: cfg.ExecutorID}, State: &state, Source: &source,
			Timestamp: &now, UUID: uuid.NewRandom(), Data: data,
		})))
	}
	for {
		var event executor.Event
		if err := response.Decode(&event); err != nil {
			return err
		}
		tell("event", facts{"type": event.GetType().String()})
		switch event.GetType() {
		case executor.Event_LAUNCH:
			task = event.GetLaunch().Task
			if err := update(mesos.TASK_RUNNING, task.Data); err != nil {
				return err
			}
		case executor.Event_MESSAGE:
			// The scheduler tells the executor to finish.
			answer := execcalls.Message(append([]byte("heard "), event.GetMessage().GetData()...))
			if err := execcalls.SendNoData(ctx, send, execcalls.NonStreaming(answer)); err != nil {
				return err
			}
			if err := update(mesos.TASK_FINISHED, nil); err != nil {
				return err
			}
		case executor.Event_SHUTDOWN:
			return nil
		}
	}
}

func decoded(name string, response mesos.Response, err error, into encoding.Unmarshaler, kind func() string) error {
	if response != nil {
		defer response.Close()
	}
	if err == nil {
		err = response.Decode(into)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	tell("answer", facts{"call": name, "type": kind()})
	return nil
}

func ask(masterURL, agentURL string) error {
	ctx := context.Background()
	toMaster := httpmaster.NewSender(client(masterURL + "/api/v1").Send)
	for _, call := range []*master.Call{
		mastercalls.GetHealth(), mastercalls.GetFlags(), mastercalls.GetVersion(), mastercalls.GetMetrics(nil),
		mastercalls.GetLoggingLevel(), mastercalls.ReadFile("/master/log", 0), mastercalls.GetState(), mastercalls.GetAgents(),
		mastercalls.GetFrameworks(), mastercalls.GetExecutors(), mastercalls.GetTasks(), mastercalls.GetRoles(),
		mastercalls.GetWeights(), mastercalls.GetMaster(), mastercalls.GetMaintenanceStatus(),
		mastercalls.GetMaintenanceSchedule(), mastercalls.GetQuota(),
	} {
		var answer master.Response
		response, err := toMaster.Send(ctx, mastercalls.NonStreaming(call))
		kind := func() string { return answer.GetType().String() }
		if err := decoded("master "+call.GetType().String(), response, err, &answer, kind); err != nil {
			return err
		}
		if answer.GetType() == master.Response_GET_STATE {
			agents := answer.GetGetState().GetGetAgents().GetAgents()
			tell("state", facts{"agents": len(agents), "pid": agents[0].GetPID(), "cpus": agents[0].TotalResources[0].GetScalar().GetValue()})
		}
	}
	toAgent := httpagent.NewSender(client(agentURL + "/api/v1").Send)
	for _, call := range []*agent.Call{
		agentcalls.GetHealth(), agentcalls.GetFlags(), agentcalls.GetVersion(), agentcalls.GetMetrics(nil),
		agentcalls.GetLoggingLevel(), agentcalls.ReadFile("/slave/log", 0), agentcalls.GetState(), agentcalls.GetContainers(),
		agentcalls.GetFrameworks(), agentcalls.GetExecutors(), agentcalls.GetTasks(), agentcalls.GetAgent(),
	} {
		var answer agent.Response
		response, err := toAgent.Send(ctx, agentcalls.NonStreaming(call))
		kind := func() string { return answer.GetType().String() }
		if err := decoded("agent "+call.GetType().String(), response, err, &answer, kind); err != nil {
			return err
		}
	}
	return nil
}

func watch(masterURL string, count int) error {
	toMaster := httpmaster.NewSender(client(masterURL + "/api/v1").Send)
	response, err := toMaster.Send(context.Background(), mastercalls.NonStreaming(mastercalls.Subscribe()))
	if err != nil {
		return err
	}
	defer response.Close()
	for count > 0 {
		var event master.Event
		if err := response.Decode(&event); err != nil {
			return err
		}
		more := facts{"type": event.GetType().String()}
		switch event.GetType() {
		case master.Event_TASK_ADDED:
			added := event.GetTaskAdded().GetTask()
			more["task"], more["state"] = added.TaskID.Value, added.GetState().String()
		case master.Event_TASK_UPDATED:
			state := event.GetTaskUpdated().GetState()
			more["task"], more["state"] = event.GetTaskUpdated().GetStatus().TaskID.Value, state.String()
			if state == mesos.TASK_FINISHED || state == mesos.TASK_FAILED || state == mesos.TASK_KILLED {
				count--
			}
		}
		tell("event", more)
	}
	return nil
}

func main() {
	arguments := append(os.Args[1:], "", "", "")
	var err error
	switch arguments[0] {
	case "scheduler":
		err = schedule(arguments[1], arguments[2], arguments[3])
	case "executor":
		err = execute()
	case "operator":
		err = ask(arguments[1], arguments[2])
	case "events":
		var count int
		if count, err = strconv.Atoi(arguments[2]); err == nil {
			err = watch(arguments[1], count)
		}
	default:
		err = fmt.Errorf("unknown command %q", arguments[0])
	}
	if err != nil {
		log.Fatal(err)
	}
}
