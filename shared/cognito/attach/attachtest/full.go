package attachtest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// PoolID is the id of the pool that [Full] describes.
const PoolID = "us-east-1_EXAMPLE01"

// Full returns a pool in which every field that the SDK knows has a different value,
// including those that a later version of the SDK adds. Only our two triggers are
// free, and what Cognito shows twice is shown twice.
func Full(t testing.TB) types.UserPoolType {
	t.Helper()
	var pool types.UserPoolType
	fill(t, reflect.ValueOf(&pool).Elem(), "")
	pool.Id = aws.String(PoolID)
	pool.LambdaConfig.PostAuthentication = nil
	pool.LambdaConfig.PostConfirmation = nil

	pool.AdminCreateUserConfig.UnusedAccountValidityDays = pool.Policies.PasswordPolicy.TemporaryPasswordValidityDays
	pool.EmailVerificationMessage = pool.VerificationMessageTemplate.EmailMessage
	pool.EmailVerificationSubject = pool.VerificationMessageTemplate.EmailSubject
	pool.SmsVerificationMessage = pool.VerificationMessageTemplate.SmsMessage
	pool.LambdaConfig.PreTokenGeneration = pool.LambdaConfig.PreTokenGenerationConfig.LambdaArn
	return pool
}

// fill sets v and everything in it to values made from their paths.
func fill(t testing.TB, v reflect.Value, path string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem(), path)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)))
			return
		}
		for field, member := range v.Fields() {
			if field.IsExported() {
				fill(t, member, strings.TrimPrefix(path+"."+field.Name, "."))
			}
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), fmt.Sprintf("%s.%d", path, i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("key of "+path), reflect.ValueOf("value of "+path))
	case reflect.String:
		v.SetString("value of " + path)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int32, reflect.Int64:
		v.SetInt(int64(len(path)))
	default:
		t.Fatalf("%s: fill and encode do not know this kind of field yet: %s", path, v.Kind())
	}
}

// encode returns v as the API's JSON value; nil leaves it out, as Cognito does with a
// text or a number that is not set.
func encode(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return encode(v.Elem())
	case reflect.Struct:
		if t, ok := v.Interface().(time.Time); ok {
			return float64(t.UnixMilli()) / 1000
		}
		object := make(map[string]any)
		for field, member := range v.Fields() {
			if !field.IsExported() {
				continue
			}
			if value := encode(member); value != nil {
				object[field.Name] = value
			}
		}
		return object
	case reflect.Slice:
		if v.IsNil() {
			return nil
		}
		list := make([]any, v.Len())
		for i := range list {
			list[i] = encode(v.Index(i))
		}
		return list
	case reflect.Map:
		if v.IsNil() {
			return nil
		}
		object := make(map[string]any)
		for _, key := range v.MapKeys() {
			object[key.String()] = encode(v.MapIndex(key))
		}
		return object
	case reflect.String:
		if v.Len() == 0 {
			return nil
		}
		return v.String()
	case reflect.Bool:
		return v.Bool()
	}
	if v.Int() == 0 {
		return nil
	}
	return float64(v.Int())
}
